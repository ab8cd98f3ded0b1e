package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTroubleIsNoSuccess has runs that did all they could and leave something for a
// person. A timer of the system must not show them as well.
func TestTroubleIsNoSuccess(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "metrics: {listen: \"\"}\n")
	samplesInto(t, filepath.Join(dir, "in"))
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, said)
	}

	// What a parser has to note about a file is not called something else.
	write(t, filepath.Join(dir, "in", "half.csv"), []byte("timestamp,user_id,patient_id,action\n2025-03-24 03:00:00,ann,1,view\nno time,ann,1,view\n"))
	said, code := ends(t, dir, monday(t), "serve", "--once")
	if code != 0 || !strings.Contains(said, "what=rejected_rows source=delimited") || strings.Contains(said, "inside an archive") {
		t.Errorf("a rejected row: exit code %d\n%s", code, said)
	}

	// A file whose import was interrupted again and again.
	held := filepath.Join(dir, "in", "processing", "1", "Rivera-Ana.csv")
	if err := os.MkdirAll(filepath.Dir(held), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, held, []byte("timestamp,user_id,patient_id,action\n2025-03-24 04:00:00,ann,1,view\n"))
	info, err := os.Stat(held)
	if err != nil {
		t.Fatal(err)
	}
	stamp, err := info.ModTime().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "in", "processing", ".interrupted"), fmt.Appendf(nil, `[{"name":"Rivera-Ana.csv","size":%d,"mod":%q,"count":2}]`, info.Size(), stamp))
	said, code = ends(t, dir, monday(t), "serve", "--once")
	if code != 3 || !strings.Contains(said, "0 files imported, 1 failed") || strings.Contains(said, "Rivera") {
		t.Errorf("a file put aside: exit code %d\n%s", code, said)
	}

	// A journal that somebody has changed.
	entries, err := filepath.Glob(filepath.Join(dir, "data", "journal", "*"))
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if err := os.Truncate(entries[0], 10); err != nil {
		t.Fatal(err)
	}
	said, code = ends(t, dir, monday(t), "serve", "--once")
	if code != 3 || !strings.Contains(said, "the journal of reviews and decisions is not intact") {
		t.Errorf("a changed journal: exit code %d\n%s", code, said)
	}
}
