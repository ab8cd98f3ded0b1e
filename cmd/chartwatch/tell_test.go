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
