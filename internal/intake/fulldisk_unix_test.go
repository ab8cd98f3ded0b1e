//go:build unix

package intake_test

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
)

// The end of the disk, at whatever point it comes, changes nothing and says so.
func TestFullDisk(t *testing.T) {
	root := t.TempDir()
	d := openAt(t, root)
	d.file("first.csv", plainHeader+"2025-03-01 09:00:00,jlee,101,view,EXAM-1\n")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.Workspace = nil
	file, _ := crashFile(t, 40_000)
	// The first two limits strike while the archive is written, the others at the commit.
	for _, limit := range []int64{16 << 10, 128 << 10, 700 << 10, 1 << 20} {
		t.Run(fmt.Sprint(limit>>10, "_KiB"), func(t *testing.T) {
			c, out := child(t, "import", root, file, fmt.Sprint(childSize, "=", limit))
			var said strings.Builder
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "result") {
					said.WriteString(lines.Text())
				}
			}
			if err := c.Wait(); err == nil {
				t.Fatalf("the import did not fail: %s", said.String())
			}
			if !strings.Contains(said.String(), "result failed 0") || !strings.Contains(said.String(), "free") {
				t.Errorf("it says %q", said.String())
			}
			d := openAt(t, root)
			if n := d.count("SELECT count(*) FROM event"); n != 1 {
				t.Errorf("%d events, want the one from before", n)
			}
			d.checkWhole("after the disk was full")
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d.Workspace = nil
		})
	}
	d = openAt(t, root)
	if got := balance(t, d.path(file)); got != "imported 40000+0+0" {
		t.Errorf("with space again: %s", got)
	}
}
