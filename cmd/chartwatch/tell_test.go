package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMailServerAway reviews a week while the mail server cannot be reached. The review
// is made all the same, and the message is sent once the server is there.
func TestMailServerAway(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"\"}\n")
	file := filepath.Join(dir, "chartwatch.yaml")
	there, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(closed.Addr().String())
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, file, bytes.Replace(there, []byte("port: "+r.mailPort), []byte("port: "+port), 1))
	samplesInto(t, filepath.Join(dir, "in"))
	said, code := ends(t, dir, monday(t), "serve", "--create", "--once")
	if code != 0 || !strings.Contains(said, "1 weeks reviewed") || !strings.Contains(said, "mail") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	mails, hooks := r.got()
	if len(mails) != 0 || len(hooks) != 1 {
		t.Errorf("%d mails and %d posts came, want 0 and 1", len(mails), len(hooks))
	}
	write(t, file, there)
	for _, later := range []time.Duration{2 * time.Hour, 3 * time.Hour} {
		if said, code := ends(t, dir, monday(t).Add(later), "serve", "--create", "--once"); code != 0 {
			t.Errorf("exit code %d\n%s", code, said)
		}
	}
	mails, hooks = r.got()
	if len(mails) != 1 || len(hooks) != 1 {
		t.Errorf("%d mails and %d posts came, want each once", len(mails), len(hooks))
	}
	if !strings.Contains(strings.Join(mails, ""), "2025-W12") {
		t.Errorf("the mail is not about the week: %s", mails)
	}
}

// TestFailedFilesAreTold tells of files that could not be imported once a day, whether
// they fail at once or one by one, and does not tell of the same ones again.
func TestFailedFilesAreTold(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"\"}\n")
	for _, step := range []struct {
		name  string
		hours int
		posts int
		last  string // how many files the last post counts
	}{
		{"first.csv", 0, 1, `"count":1`},
		{"second.csv", 2, 1, `"count":1`},
		{"", 26, 2, `"count":2`},
		{"", 50, 2, `"count":2`},
		{"third.csv", 74, 3, `"count":3`},
	} {
		if step.name != "" {
			write(t, filepath.Join(dir, "in", step.name), []byte("no,log\n"+step.name+"\n"))
		}
		said, _ := ends(t, dir, monday(t).Add(time.Duration(step.hours)*time.Hour), "serve", "--create", "--once")
		_, hooks := r.got()
		if len(hooks) != step.posts || !strings.Contains(hooks[len(hooks)-1], step.last) || !strings.Contains(hooks[len(hooks)-1], "file_failed") {
			t.Fatalf("after %d hours %d posts came, want %d with %s at last: %q\n%s", step.hours, len(hooks), step.posts, step.last, hooks, said)
		}
	}
}

// TestStuckFileIsTold has a file that is never whole. After the folder's patience people
// are told, once a day, also by runs that end at once.
func TestStuckFileIsTold(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"\"}\n")
	write(t, filepath.Join(dir, "in", "Quisenberry.csv"), nil)
	for _, step := range []struct{ hours, code, posts int }{{0, 0, 0}, {5, 0, 0}, {7, 3, 1}, {8, 3, 1}, {25, 3, 2}} {
		said, code := ends(t, dir, monday(t).Add(time.Duration(step.hours)*time.Hour), "serve", "--create", "--once")
		_, hooks := r.got()
		if code != step.code || len(hooks) != step.posts {
			t.Fatalf("after %d hours: exit code %d and %d posts, want %d and %d\n%s", step.hours, code, len(hooks), step.code, step.posts, said)
		}
		if all := said + strings.Join(hooks, ""); strings.Contains(all, "Quisenberry") || (step.posts > 0 && !strings.Contains(all, "file_stuck")) {
			t.Errorf("what is said: %s", all)
		}
	}
	if err := os.Remove(filepath.Join(dir, "in", "Quisenberry.csv")); err != nil {
		t.Fatal(err)
	}
	if said, code := ends(t, dir, monday(t).Add(80*time.Hour), "serve", "--once"); code != 0 {
		t.Errorf("it is gone: exit code %d\n%s", code, said)
	}
}

// TestSendTest sends a test by mail and webhook, and says what is wrong with one of them.
func TestSendTest(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"\"}\n")
	said, code := ends(t, dir, monday(t), "doctor", "--send-test")
	mails, hooks := r.got()
	if code != 0 || len(mails) != 1 || len(hooks) != 1 || !strings.Contains(mails[0]+hooks[0], "This is a test") || strings.Count(said, "a test was sent") != 2 {
		t.Errorf("exit code %d, %d mails and %d posts came\n%s", code, len(mails), len(hooks), said)
	}
	file := filepath.Join(dir, "chartwatch.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, bytes.Replace(text, []byte("port: "+r.mailPort), []byte("port: 1"), 1))
	said, code = ends(t, dir, monday(t), "doctor", "--send-test")
	mails, hooks = r.got()
	if code != 1 || len(mails) != 1 || len(hooks) != 2 || !strings.Contains(said, " mail: the mail server cannot be reached") {
		t.Errorf("a server that is away: exit code %d, %d mails and %d posts came\n%s", code, len(mails), len(hooks), said)
	}
}

// TestSwitchedOnAfterAHoliday begins on a Tuesday with the week's log in the drop folder.
// Nothing is said of a review that could not be made, or of a log that is missing: it is
// about to be imported.
func TestSwitchedOnAfterAHoliday(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"127.0.0.1:0\"}\nsources: [{name: ehr, match: \"*log*\"}]\n")
	const header = "timestamp,user_id,patient_id,action\n"
	write(t, filepath.Join(dir, "in", "log1.csv"), []byte(header+"2025-03-21 09:00:00,ann,1051,view\n"))
	if said, _ := ends(t, dir, monday(t), "serve", "--create", "--once"); !strings.Contains(said, "1 weeks reviewed") {
		t.Fatal(said)
	}
	write(t, filepath.Join(dir, "in", "log2.csv"), []byte(header+"2025-03-28 09:00:00,ann,1052,view\n"))
	d := startDaemon(t, dir, monday(t).AddDate(0, 0, 8).Add(2*time.Hour))
	d.until("the message", func(string) bool {
		_, hooks := r.got()
		return strings.Contains(strings.Join(hooks, ""), "2025-W13")
	})
	d.stop()
	_, hooks := r.got()
	if all := strings.Join(hooks, "\n"); strings.Contains(all, "review_overdue") || strings.Contains(all, "source_silent") {
		t.Errorf("what was posted:\n%s", all)
	}
}

// TestMessagesCannotBeKept has no room for the list of messages. What is wrong is told, and
// shown by the metrics, all the same, and told once.
func TestMessagesCannotBeKept(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"127.0.0.1:0\"}\n")
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 {
		t.Fatal(said)
	}
	if err := os.Mkdir(filepath.Join(dir, "data", "outbox.json.new"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "data", "outbox.json.new", "in the way"), nil)
	write(t, filepath.Join(dir, "in", "bad.csv"), []byte("no,log\n"))
	d := startDaemon(t, dir, monday(t).Add(time.Hour))
	told := func() int {
		_, hooks := r.got()
		return strings.Count(strings.Join(hooks, ""), "chartwatch.file_failed")
	}
	d.until("the failed file", func(m string) bool {
		return strings.Contains(m, `chartwatch_drop_files{site="main",state="failed"} 1`) && told() == 1
	})
	if !strings.Contains(d.said(), "a message could not be kept for sending") {
		t.Errorf("what is said: %s", d.said())
	}
	if err := os.RemoveAll(filepath.Join(dir, "data", "outbox.json.new")); err != nil {
		t.Fatal(err)
	}
	d.until("the list of messages", func(string) bool {
		text, err := os.ReadFile(filepath.Join(dir, "data", "outbox.json"))
		return err == nil && strings.Contains(string(text), "file_failed")
	})
	d.stop()
	if n := told(); n != 1 {
		t.Errorf("told %d times", n)
	}
}
