package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestDropFolderAway has a drop folder that cannot be opened, as a network share that
// is away. The week is reviewed all the same, and the run says that it is not complete.
func TestDropFolderAway(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "schedule: {paths: [daily]}\nmetrics: {listen: \"\"}\n")
	if err := os.Remove(filepath.Join(dir, "in")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "in"), []byte("no folder"))
	if err := os.Mkdir(filepath.Join(dir, "daily"), 0o700); err != nil {
		t.Fatal(err)
	}
	samplesInto(t, filepath.Join(dir, "daily"))
	removeMarks(t, filepath.Join(dir, "daily"))
	said, code := ends(t, dir, monday(t), "serve", "--create", "--once")
	if code != 3 || !strings.Contains(said, "something did not succeed; it will be tried again site=main doing=\"opening the drop folder\"") || !strings.Contains(said, "4 files imported, 0 failed; 1 weeks reviewed, 0 of them incomplete") {
		t.Errorf("exit code %d\n%s", code, said)
	}
}

// TestDataDirectoryAway has a data directory that is away, as a disk that is not there
// yet. No second one is made, what arrives waits, and nothing is lost.
func TestDataDirectoryAway(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "metrics: {listen: \"\"}\n")
	data, in := filepath.Join(dir, "data"), filepath.Join(dir, "in")
	samplesInto(t, in)
	refused := func(what string) {
		t.Helper()
		said, code := ends(t, dir, monday(t), "serve", "--once")
		if code != 1 || !strings.Contains(said, "there is no data directory "+data) || !strings.Contains(said, "serve --create") {
			t.Errorf("%s: exit code %d\n%s", what, code, said)
		}
		if _, err := os.Stat(data); err == nil {
			t.Errorf("%s: a data directory was made", what)
		}
	}
	refused("at first")
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 || !strings.Contains(said, "4 files imported") {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	if err := os.Rename(data, data+".away"); err != nil {
		t.Fatal(err)
	}
	late := filepath.Join(in, "late.csv")
	write(t, late, []byte("timestamp,user_id,patient_id,action\n2025-03-21 09:00:00,ann,1051,view\n"))
	refused("while it is away")
	if _, err := os.Stat(late); err != nil {
		t.Errorf("the file does not wait: %v", err)
	}
	if err := os.Rename(data+".away", data); err != nil {
		t.Fatal(err)
	}
	if said, code := ends(t, dir, monday(t), "serve", "--once"); code != 0 || !strings.Contains(said, "1 files imported") {
		t.Errorf("back again: exit code %d\n%s", code, said)
	}
}

// TestDataDirectoryGoes takes the data directory away while the daemon runs.
func TestDataDirectoryGoes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // a directory with an open file cannot be moved there
	}
	dir := practiceFolder(t, "metrics: {listen: \"127.0.0.1:0\"}\n")
	data, late := filepath.Join(dir, "data"), filepath.Join(dir, "in", "late.csv")
	samplesInto(t, filepath.Join(dir, "in"))
	d := startDaemon(t, dir, monday(t))
	d.until("the review", func(m string) bool {
		return strings.Contains(m, `chartwatch_site_up{site="main"} 1`) && strings.Contains(m, "chartwatch_review_last_success_timestamp_seconds{")
	})
	if err := os.Rename(data, data+".away"); err != nil {
		t.Fatal(err)
	}
	write(t, late, []byte("timestamp,user_id,patient_id,action\n2025-03-21 09:00:00,ann,1051,view\n"))
	d.until("the alarm", func(m string) bool { return strings.Contains(m, `chartwatch_site_up{site="main"} 0`) })
	d.stop()
	if _, err := os.Stat(late); err != nil {
		t.Errorf("the file does not wait: %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, "chartwatch.duckdb")); err == nil {
		t.Error("a second database was made")
	}
}

// TestOneBadPractice has a practice whose configuration, or whose data directory, cannot
// be used. The other one is served, and its commands work.
func TestOneBadPractice(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"configuration": func(t *testing.T, dir string) {
			t.Helper()
			write(t, filepath.Join(dir, "sites", "oak.yaml"), []byte("site: oak\ndata_dri: ../data/oak\n"))
		},
		"data-directory": func(t *testing.T, dir string) {
			t.Helper()
			write(t, filepath.Join(dir, "data", "oak"), []byte("no folder"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := twoPractices(t)
			if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			spoil(t, dir)
			said, code := ends(t, dir, monday(t), "serve", "--create", "--once")
			if code != 3 || !strings.Contains(said, "4 files imported, 0 failed; 1 weeks reviewed, 0 of them incomplete; for 1 of 2 practices not everything could be done") {
				t.Errorf("exit code %d\n%s", code, said)
			}
			text, err := os.ReadFile(filepath.Join(dir, "fleet.prom"))
			if err != nil || !strings.Contains(string(text), `chartwatch_site_up{site="elm"} 1`) || !strings.Contains(string(text), `chartwatch_site_up{site="oak"} 0`) {
				t.Errorf("the metrics: %v\n%s", err, text)
			}
			if said, code := ends(t, dir, monday(t), "--site", "elm", "weeks"); code != 0 || !strings.Contains(said, "2025-W12") {
				t.Errorf("the command line for elm: exit code %d\n%s", code, said)
			}
		})
	}
}

// TestDailyPathAway has a share that is not there at the hour of the daily import. It is
// read when it is, on the same day.
func TestDailyPathAway(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "schedule: {paths: [daily, share], ingest: \"05:00\"}\nmetrics: {listen: \"\"}\n")
	for _, name := range []string{"daily", "share.away"} {
		write(t, filepath.Join(dir, name+".csv"), []byte("timestamp,user_id,patient_id,action\n2025-03-21 09:00:00,"+name+",1051,view\n"))
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name+".csv"), filepath.Join(dir, name, "log.csv")); err != nil {
			t.Fatal(err)
		}
	}
	said, code := ends(t, dir, monday(t), "serve", "--create", "--once")
	if code != 3 || !strings.Contains(said, "1 files imported") || !strings.Contains(said, "entry 2 of schedule.paths is not there") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	if err := os.Rename(filepath.Join(dir, "share.away"), filepath.Join(dir, "share")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 files imported", "0 files imported"} {
		if said, _ := ends(t, dir, monday(t), "serve", "--once"); !strings.Contains(said, want) || strings.Contains(said, "is not there") {
			t.Errorf("want %s:\n%s", want, said)
		}
	}
}

// TestDropFolderOfAShare begins without a drop folder that was there before, as on a share
// that is not connected yet. None is made in its place.
func TestDropFolderOfAShare(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "metrics: {listen: \"127.0.0.1:0\"}\n")
	in := filepath.Join(dir, "in")
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 {
		t.Fatal(said)
	}
	if err := os.Rename(in, in+".away"); err != nil {
		t.Fatal(err)
	}
	said, code := ends(t, dir, monday(t), "serve", "--once")
	if _, err := os.Stat(in); code != 3 || !errors.Is(err, os.ErrNotExist) || !strings.Contains(said, "the drop folder is not there any more") || !strings.Contains(said, "connect the disk or network share") {
		t.Errorf("exit code %d, %v\n%s", code, err, said)
	}
	d := startDaemon(t, dir, monday(t))
	d.until("the alarm", func(m string) bool { return strings.Contains(m, `chartwatch_site_up{site="main"} 0`) })
	d.stop()
	if err := os.Rename(in+".away", in); err != nil {
		t.Fatal(err)
	}
	samplesInto(t, in)
	if said, code := ends(t, dir, monday(t), "serve", "--once"); code != 0 || !strings.Contains(said, "4 files imported") {
		t.Errorf("back again: exit code %d\n%s", code, said)
	}
}
