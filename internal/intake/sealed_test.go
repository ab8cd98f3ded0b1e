package intake_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/store"
)

// planted are texts that must never be on the disk in clear.
func planted() []string {
	return []string{
		"Quillfeather", "Zebulonia", "zquillf", "88412907", "77310465", "Wisteria Lane", "555-0177-93", "203.0.113.77",
		"WSCANARY-9", "grandmothersrecord", "secretexport", "Brackenthorpe", "66120938", "MRN-5512-QX", "Nightshade",
		"ROLECANARY", "sessioncanary", "Peregrinella", "innermember", "93001177",
	}
}

// plantedFiles writes one file a format, with every planted text in some of them.
func plantedFiles(t *testing.T, dir string) []string {
	t.Helper()
	comment := base64.StdEncoding.EncodeToString([]byte("success: 203.0.113.77 Brackenthorpe"))
	files := map[string]string{
		"secretexport_Quillfeather.csv": "timestamp,event_id,user_id,user_name,role,patient_id,patient_name,action,record_type,workstation,ip,outcome\n" +
			"2025-03-10 09:00:00,1,zquillf,Zebulonia Quillfeather,ROLECANARY,88412907,Peregrinella Quillfeather,view,clinical_note,WSCANARY-9,203.0.113.77,success\n" +
			"2025-03-10 09:01:00,MRN-5512-QX,zquillf,Zebulonia Quillfeather,ROLECANARY,88412907,Peregrinella Quillfeather,Nightshade,Nightshade,WSCANARY-9,203.0.113.77,success\n" +
			"NOTADATE Brackenthorpe,3,zquillf,Zebulonia Quillfeather,nurse,66120938,Brackenthorpe,view,clinical_note,WSCANARY-9,203.0.113.77,success\n",
		"normalized.ndjson": `{"dataset":"events","source_event_id":"93001177-a","source_system":"Nightshade","occurred_at":"2025-03-10T12:53:21Z","user_id":"zquillf",` +
			`"user_name":"Zebulonia Quillfeather","on_behalf_of":"Brackenthorpe","patient_id":"77310465","patient_id_system":"MRN-5512-QX","action":"view","record_type":"message",` +
			`"record_id":"93001177","record_label":"grandmothersrecord","session_id":"sessioncanary","request_id":"sessioncanary","location":"Wisteria Lane","reason_text":"grandmothersrecord",` +
			`"outcome":"failure","outcome_reason":"grandmothersrecord","workstation":"WSCANARY-9","ip":"203.0.113.77","purpose":"Nightshade"}` + "\n",
		"audit.ndjson": `{"resourceType":"AuditEvent","id":"93001177x","type":{"code":"rest","system":"http://terminology.hl7.org/CodeSystem/audit-event-type"},"action":"R","recorded":"2025-03-10T09:22:08-04:00","outcome":"0",` +
			`"agent":[{"who":{"identifier":{"value":"zquillf"},"display":"Zebulonia Quillfeather"},"requestor":true,"network":{"address":"203.0.113.77","type":"2"}}],` +
			`"source":{"observer":{"display":"Nightshade"}},"entity":[{"what":{"reference":"Patient/88412907","display":"Peregrinella"},"type":{"code":"1","system":"http://terminology.hl7.org/CodeSystem/audit-entity-type"}}]}` + "\n",
		"openemr.csv": `"id","date","event","category","user","groupname","comments","user_notes","patient_id","success","checksum","crt_user","log_from","menu_item_id","ccda_doc_id"` + "\n" +
			`"1","2025-03-10 09:05:00","login","login","zquillf","Default","` + comment + `","",NULL,"1",NULL,"","open-emr",NULL,NULL` + "\n" +
			`"2","2025-03-10 09:06:00","patient-record-select","Patient Demographics","zquillf","Default","` + comment + `","grandmothersrecord","77310465","1",NULL,"","open-emr",NULL,NULL` + "\n",
		"staff.csv": "user_id,name,role,department,hired_on,left_on,weekdays,shift_start,shift_end,address,patient_id\n" +
			`zquillf,Zebulonia Quillfeather,nurse,clinical,2018-10-06,,"mon,tue",08:00,16:30,"19 Wisteria Lane, Millbrook",66120938` + "\n",
		"patients.csv": "patient_id,first_name,last_name,birth_date,address,phone,vip\n" +
			`88412907,Peregrinella,Quillfeather,1954-08-08,"12 Wisteria Lane, Millbrook",555-0177-93,true` + "\n",
		"appointments.csv": "appointment_id,patient_id,provider_id,starts_at,minutes,status\n" +
			"93001177,88412907,zquillf,2025-03-10 09:45,45,fulfilled\n",
	}
	var paths []string
	for name, content := range files {
		paths = append(paths, filepath.Join(dir, name))
		if err := os.WriteFile(paths[len(paths)-1], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	zipped := filepath.Join(dir, "secretexport.zip")
	writeZip(t, zipped, "innermember.csv", strings.ReplaceAll(files["secretexport_Quillfeather.csv"], "2025-03-10", "2025-03-11"))
	return append(paths, zipped)
}

func writeZip(tb testing.TB, path string, namesAndContents ...string) {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		w, err := z.Create(namesAndContents[i])
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, namesAndContents[i+1]); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// forms are the ways in which a text could be on the disk readable.
func forms(text string) map[string][]byte {
	all := map[string][]byte{
		"in clear": []byte(text), "in lower case": []byte(strings.ToLower(text)), "in upper case": []byte(strings.ToUpper(text)),
		"in hexadecimal": []byte(hex.EncodeToString([]byte(text))), "in upper hexadecimal": []byte(strings.ToUpper(hex.EncodeToString([]byte(text)))),
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	all["in UTF-16"] = wide
	// In base64 a text has three forms, by its position; their middles do not
	// depend on what stands around.
	for shift := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("-", shift) + text))
		all["in base64"+strings.Repeat("'", shift)] = []byte(encoded[(shift*8+5)/6+1 : len(encoded)-2])
	}
	return all
}

// findPlanted reads every file below the folders, and returns where a planted text is.
func findPlanted(t *testing.T, folders ...string) []string {
	t.Helper()
	var found []string
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			var data []byte
			if d.Type().IsRegular() {
				if data, err = os.ReadFile(path); err != nil {
					if runtime.GOOS == "windows" && strings.HasPrefix(d.Name(), store.FileName) {
						return nil // nobody can read it while it is open; it is read when it is closed
					}
					return err
				}
			}
			rel, err := filepath.Rel(folder, path)
			for _, text := range planted() {
				for form, b := range forms(text) {
					if bytes.Contains(data, b) {
						found = append(found, filepath.Base(path)+" holds "+text+" "+form)
					}
					if bytes.Contains([]byte(rel), b) {
						found = append(found, "a name on the disk holds "+text+" "+form)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func checkSealed(t *testing.T, when string, folders ...string) {
	t.Helper()
	for _, f := range findPlanted(t, folders...) {
		t.Errorf("%s: %s", when, f)
	}
	if runtime.GOOS == "windows" {
		return // who may read is not in the mode there
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if path == folder && filepath.Base(path) != "data" {
				return nil // the temporary folder itself is the system's
			}
			if d.IsDir() {
				want = 0o700
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%s: %s has mode %o, want %o", when, filepath.Base(path), got, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFindPlantedFindsEveryForm(t *testing.T) {
	for form, b := range forms("Quillfeather") {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x"), append([]byte("some "), b...), 0o600); err != nil {
			t.Fatal(err)
		}
		if len(findPlanted(t, dir)) == 0 {
			t.Errorf("not found %s", form)
		}
	}
	// The middle of the base64 form is the same wherever the text stands.
	for shift := range 3 {
		dir := t.TempDir()
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 7+shift) + "Quillfeather, Z."))
		if err := os.WriteFile(filepath.Join(dir, "x"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if len(findPlanted(t, dir)) == 0 {
			t.Errorf("not found in base64 at position %d", shift)
		}
	}
}

// Nothing that names a person is on the disk: not while the database is open,
// not after it is closed, not after questions, a rotation and a rebuild.
func TestSealedAtRest(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	d := newDesk(t)
	data := d.options.Store.Dir
	for _, path := range plantedFiles(t, t.TempDir()) {
		for _, f := range d.path(path).Files {
			if f.Status != intake.Imported || f.Accepted == 0 {
				t.Fatalf("%s: %+v", filepath.Base(path), f)
			}
		}
	}
	checkSealed(t, "after the import", data, temp)
	ask := func(when string) {
		t.Helper()
		day := coverage.DayOf(time.Date(2025, 3, 10, 0, 0, 0, 0, time.UTC))
		for _, q := range []access.Question{{Patient: "88412907"}, {Patient: "Quillfeather, Peregrinella"}, {User: "zquillf"}} {
			q.Days, q.Zone = coverage.Period{From: day, To: day + 1}, newYork(t)
			answer, err := (&access.Asker{DB: d.DB, Sealer: d.Sealer}).Ask(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if len(answer.Accesses) < 3 {
				t.Errorf("%s: %d accesses, want at least 3", when, len(answer.Accesses))
			}
		}
	}
	ask("after the import")
	checkSealed(t, "after questions", data, temp)
	var rejects int
	if err := d.DB.QueryRow(t.Context(), "SELECT count(*) FROM reject WHERE raw IS NOT NULL").Scan(&rejects); err != nil || rejects != 2 {
		t.Errorf("%d rejected rows are kept with their text (%v), want 2", rejects, err)
	}
	d.reopen()
	checkSealed(t, "after closing", data, temp)
	if err := d.RotateKey(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	ask("after a rotation")
	d.reopen()
	checkSealed(t, "after a rotation", data, temp)
	d.rebuild()
	ask("after a rebuild")
	checkSealed(t, "after a rebuild", data, temp)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.Workspace = nil
	if _, err := os.ReadFile(filepath.Join(data, store.FileName)); err != nil {
		t.Fatal(err)
	}
	checkSealed(t, "after the end", data, temp)
}

// A process that is killed in the middle leaves nothing readable behind either.
func TestSealedAfterAKill(t *testing.T) {
	root, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	file := filepath.Join(t.TempDir(), "secretexport.csv")
	var b strings.Builder
	b.WriteString("timestamp,user_id,user_name,patient_id,patient_name,action,workstation,ip\n")
	at := time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)
	for i := range 40_000 {
		b.WriteString(at.Add(time.Duration(i) * time.Second).Format(time.DateTime))
		b.WriteString(",zquillf,Zebulonia Quillfeather,88412907,Peregrinella Quillfeather,view,WSCANARY-9,203.0.113.77\n")
		if i%100 == 0 {
			b.WriteString("Brackenthorpe,zquillf,,66120938,,view,,\n")
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, m := range []moment{{"read", 1 << 20, 0}, {"read", int64(b.Len()), 20 * time.Millisecond}, {"read", int64(b.Len()), 120 * time.Millisecond}} {
		killAt(t, "import", root, file, m)
		checkSealed(t, "after a kill", filepath.Join(root, "data"), temp)
	}
	w, err := intake.OpenWorkspace(context.Background(), childOptions(root))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	checkSealed(t, "after recovering", filepath.Join(root, "data"), temp)
}
