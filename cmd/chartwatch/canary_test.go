package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// canaries are names and numbers that are planted in every file of a small
// practice. They must be nowhere but in what a person asked to see.
func canaries() []string {
	return []string{"Quisenberry", "Zebulon", "Featherstonehaugh", "zquisen", "pfeather", "QX-7731", "QX-7732", "4417 Wobbegong"}
}

// TestCanaryOfReview reviews, decides, makes an exception and signs, and then
// looks for the planted names in every byte of the data directory, in every
// message and in the log.
func TestCanaryOfReview(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "chartwatch.yaml", []byte("timezone: America/New_York\nlog:\n  level: debug\n"))
	writeCanaries(t, ".")
	var said strings.Builder
	run := func(args ...string) {
		t.Helper()
		said.WriteString(chartwatch(t, dir, append([]string{"--data", "d"}, args...)...).stderr)
	}
	run("review", "staff.csv", "patients.csv", "appointments.csv", "log.csv", "--week", "2025-W11", "--output", "review.json")
	text, err := os.ReadFile("review.json")
	if err != nil {
		t.Fatalf("no review: %v\n%s", err, said.String())
	}
	var review struct {
		Findings []struct {
			ID   string `json:"id"`
			Rule string `json:"rule"`
		} `json:"findings"`
	}
	if err := json.Unmarshal(text, &review); err != nil || len(review.Findings) < 2 || !bytes.Contains(text, []byte("Quisenberry")) {
		t.Fatalf("the review has %d findings: %v", len(review.Findings), err)
	}
	id := review.Findings[0].ID
	run("findings", "list")
	run("findings", "show", id)
	run("findings", "decide", id, "--state", "under_review", "--by", "Portia Featherstonehaugh", "--text", "ask Zebulon Quisenberry")
	run("findings", "decide", id, "--disposition", "expected", "--by", "Zebulon Quisenberry", "--text", "it was me")
	run("findings", "suppress", id, "--by", "Portia Featherstonehaugh", "--reason", "duty", "--text", "Zebulon helps out on weekdays")
	run("context", "add", "leave", "person=Zebulon Quisenberry", "from=2025-03-10", "to=2025-03-11", "--by", "Portia Featherstonehaugh", "--reason", "Hortensia Quisenberry is ill")
	run("context", "add", "leave", "person=Zebulon Quisenberry", "from=never", "to=2025-03-11", "--by", "x", "--reason", "y")
	run("signoff", "2025-W11", "--by", "Portia Featherstonehaugh", "--text", "about Quisenberry")
	run("review", "--week", "2025-W11", "--output", "review.html")
	run("rules", "try", "core.account.after-termination")
	run("who", "QX-7731", "--on", "2025-03-10", "--for", "patient", "--output", "letter.pdf")
	for _, c := range canaries() {
		if strings.Contains(said.String(), c) {
			t.Errorf("a message or the log holds %s:\n%s", c, said.String())
		}
	}
	searchDir(t, "d")
	if left, err := filepath.Glob(filepath.Join("tmp", "*")); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

// writeCanaries writes the files of a small practice with planted names into a folder.
func writeCanaries(t *testing.T, dir string) {
	t.Helper()
	write(t, filepath.Join(dir, "staff.csv"), []byte("user_id,name,role,hired_on,left_on,weekdays,shift_start,shift_end,address,patient_id\n"+
		"zquisen,Zebulon Quisenberry,front desk,2020-01-01,2025-03-07,\"mon,tue,wed,thu,fri\",08:00,17:00,\"4417 Wobbegong Road, Millbrook\",\n"+
		"pfeather,Portia Featherstonehaugh,dentist,2020-01-01,,\"mon,tue,wed,thu,fri\",08:00,17:00,\"1 Elm Street, Millbrook\",QX-7732\n"))
	write(t, filepath.Join(dir, "patients.csv"), []byte("patient_id,first_name,last_name,birth_date,address,vip\n"+
		"QX-7731,Hortensia,Quisenberry,1990-01-01,\"4417 Wobbegong Road, Millbrook\",true\nQX-7732,Portia,Featherstonehaugh,1980-01-01,\"1 Elm Street, Millbrook\",false\n"))
	write(t, filepath.Join(dir, "appointments.csv"), []byte("patient_id,provider_id,starts_at,minutes\nQX-7732,pfeather,2025-02-20T10:00:00-05:00,30\nQX-7732,pfeather,2025-03-12T10:00:00-04:00,30\n"))
	var log strings.Builder
	log.WriteString("timestamp,user_id,patient_id,action,record_type,workstation\n")
	for _, day := range []string{"10", "11", "12", "13", "14"} {
		for _, minute := range []string{"00", "05", "10"} {
			log.WriteString("2025-03-" + day + " 09:" + minute + ":00,zquisen,QX-7731,view,clinical_note,FRONT\n")
			log.WriteString("2025-03-" + day + " 10:" + minute + ":00,pfeather,QX-7732,view,clinical_note,OP1\n")
		}
	}
	write(t, filepath.Join(dir, "log.csv"), []byte(log.String()))
}

// searchDir looks for the planted names in every byte below a directory.
func searchDir(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, c := range canaries() {
			if bytes.Contains(data, []byte(c)) || strings.Contains(path, c) {
				t.Errorf("%s holds %s", path, c)
			}
		}
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("searched %d files: %v", files, err)
	}
}

// TestCanaryOfServe lets the daemon import, review, send mail, post and be scraped, and
// looks for the planted names in all of it, and in every byte of the data directory.
func TestCanaryOfServe(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"127.0.0.1:0\", textfile: m.prom}\nlog: {level: debug}\nsources:\n  - {name: ehr, match: \"*log*.csv\", parser: delimited}\n")
	in := filepath.Join(dir, "in")
	writeCanaries(t, in)
	if err := os.Rename(filepath.Join(in, "log.csv"), filepath.Join(in, "Quisenberry log.csv")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(in, "Featherstonehaugh.csv"), []byte("zquisen,QX-7731\nno,log\n"))
	at := monday(t).AddDate(0, 0, -7) // the week of the planted log is due
	d := startDaemon(t, dir, at)
	d.until("the messages", func(string) bool {
		mails, hooks := r.got()
		return len(mails) >= 2 && len(hooks) >= 2
	})
	metrics, err := d.scrape()
	if err != nil {
		t.Fatal(err)
	}
	d.stop()
	mails, hooks := r.got()
	for _, all := range [][]string{mails, hooks} {
		if text := strings.Join(all, "\n"); !strings.Contains(text, "2025-W11") {
			t.Errorf("no message tells of the week:\n%s", text)
		}
	}
	if !strings.Contains(metrics, `chartwatch_store_events{site="main"} 30`) || !strings.Contains(metrics, `source="ehr"`) {
		t.Errorf("the metrics do not show the import:\n%s", metrics)
	}
	sinks := map[string]string{"mail": strings.Join(mails, "\n"), "webhook": strings.Join(hooks, "\n"), "metrics": metrics, "log": d.said()}
	for name, text := range sinks {
		for _, c := range canaries() {
			if strings.Contains(text, c) {
				t.Errorf("%s holds %s:\n%s", name, c, text)
			}
		}
	}
	searchDir(t, filepath.Join(dir, "data"))
	if runtime.GOOS == "windows" {
		return // the text file is written each minute and at a graceful end, for which the test has no signal
	}
	prom, err := os.ReadFile(filepath.Join(dir, "m.prom"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range canaries() {
		if bytes.Contains(prom, []byte(c)) {
			t.Errorf("the metrics file holds %s", c)
		}
	}
}
