package drop_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// player does things to a folder at random, as people, programs and crashes do.
type player struct {
	*folder
	*rand.Rand
	whole  map[string]string // what must be in the folder, by the first words of a file
	claims []*drop.Claim
	next   int
}

// Whatever happens in whatever order, every file is in exactly one place with
// everything that was written to it.
func TestNothingIsLost(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed_", seed), func(t *testing.T) {
			p := &player{folder: newFolder(t), Rand: rand.New(rand.NewPCG(seed, 5)), whole: map[string]string{}}
			moves := []func(){p.arrive, p.arrive, p.grow, p.rename, p.mark, p.lookAround, p.lookAround, p.take, p.take, p.take, p.end, p.end, p.end, p.crash, p.tidy, p.wait, p.obstruct}
			for range 120 {
				p.step(moves[p.IntN(len(moves))])
			}
			p.step(p.crash)
			for name := range p.files() {
				if strings.HasPrefix(name, "processing/") {
					t.Errorf("%q stays in work", name)
				}
			}
		})
	}
}

// step does one thing and counts what is there.
func (p *player) step(move func()) {
	p.t.Helper()
	move()
	got := map[string]string{}
	for name, content := range p.files() {
		if id, _, known := strings.Cut(content, "|"); known {
			if _, twice := got[id]; twice {
				p.t.Fatalf("%q is there twice", name)
			}
			got[id] = content
		}
	}
	if diff := cmp.Diff(p.whole, got); diff != "" {
		p.t.Fatalf("contents (-want +got):\n%s", diff)
	}
}

func (p *player) one(list []string) string { return list[p.IntN(len(list))] }

func (p *player) anyName() string {
	return p.one([]string{"", "", "sub/", "sub/deep/", "Sub/"}) + p.one([]string{"a.csv", "A.csv", "b.csv.gz", "ü.csv", "c.part", "d.done", strings.Repeat("n", 251) + ".csv"})
}

// lying returns the files that lie in the folder, without those that are ours.
func (p *player) lying() []string {
	var names []string
	for name, content := range p.files() {
		top, _, _ := strings.Cut(name, "/")
		if strings.Contains(content, "|") && top != "processing" && top != "done" && top != "failed" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (p *player) arrive() {
	name := p.anyName()
	if _, err := os.Lstat(p.path(name)); err == nil {
		return
	}
	p.next++
	id := strconv.Itoa(p.next)
	p.whole[id] = id + "|"
	p.put(p.whole[id], name)
}

// grow writes to a file in the folder, or to one that is claimed, as a program does
// that still has it open.
func (p *player) grow() {
	names := p.lying()
	for name := range p.files() {
		if strings.HasPrefix(name, "processing/") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	name := p.one(names)
	id, _, _ := strings.Cut(p.files()[name], "|")
	p.add(name, "more")
	p.whole[id] += "more"
}

func (p *player) rename() {
	to := p.anyName()
	names := p.lying()
	if _, err := os.Lstat(p.path(to)); err == nil || len(names) == 0 {
		return
	}
	ok(p.t, os.MkdirAll(filepath.Dir(p.path(to)), 0o700))
	ok(p.t, os.Rename(p.path(p.one(names)), p.path(to)))
}

func (p *player) mark() {
	if names := p.lying(); len(names) > 0 {
		if name := p.one(names); len(path.Base(name)) < 200 {
			p.put("", name+".done")
		}
	}
}

func (p *player) lookAround() { p.look() }

func (p *player) take() {
	ready := p.look().Ready
	if len(ready) == 0 {
		return
	}
	switch c, err := p.Claim(p.one(ready)); {
	case err == nil:
		p.claims = append(p.claims, c)
	case fault.KindOf(err) != fault.Conflict:
		p.refused(err, fault.Internal, "cannot be taken") // there may be an obstacle
	}
}

func (p *player) end() {
	if len(p.claims) == 0 {
		return
	}
	i := p.IntN(len(p.claims))
	c := p.claims[i]
	err := []func() error{c.Done, c.PutBack, func() error { return c.Failed("it is not a log", "h") }}[p.IntN(3)]()
	if err != nil {
		p.discreet(err.Error())
	}
	if fault.KindOf(err) == fault.Internal && err != nil {
		return // it may be tried again
	}
	p.claims = slices.Delete(p.claims, i, i+1)
}

// crash ends the process, and takes obstacles away so that it can begin again.
func (p *player) crash() {
	p.clear()
	p.claims = nil
	p.again()
}

func (p *player) wait() {
	p.pass(time.Duration(p.IntN(72)-12) * time.Hour)
}

// obstruct puts a file where a folder for the day or for failed files should be.
func (p *player) obstruct() {
	p.clear()
	at := p.one([]string{"done/" + p.clock().Format(time.DateOnly), "failed/sub"})
	if _, err := os.Lstat(p.path(at)); err != nil {
		p.block(at)
	}
}

func (p *player) clear() {
	for name, content := range p.files() {
		if content == "in the way" {
			ok(p.t, os.Remove(p.path(name)))
		}
	}
}

// tidy may remove what is in done/ and nothing else.
func (p *player) tidy() {
	before := p.files()
	ok(p.t, p.Tidy())
	after := p.files()
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, stays := after[name]; stays {
			continue
		}
		day, err := time.Parse(time.DateOnly, strings.SplitN(strings.TrimPrefix(name, "done/"), "/", 2)[0])
		if err != nil || p.clock().Sub(day) <= keep {
			p.t.Fatalf("%q was removed at %v", name, p.clock())
		}
		id, _, _ := strings.Cut(before[name], "|")
		delete(p.whole, id)
	}
}

// Any name that the system allows for a file goes through all of its places without
// being lost or reaching another one.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"a.csv", "a", ".a", "a.", "a..", "...", "~$a", "a.done", "a.reason.txt", "a.csv.gz", "done", "failed", "processing", "DONE", "a b.csv", " ", "-", "--", "a\nb.csv", "a\\b.csv", "C:a", "CON", "a*?.csv",
		"\xff\xfe.csv", "e\u0301.csv", "日本.csv", strings.Repeat("x", 255), strings.Repeat("x", 240) + ".csv", strings.Repeat("ü", 127), strings.Repeat("\x80", 255), "." + strings.Repeat("x", 254), "x." + strings.Repeat("y", 253),
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsAny(name, "/\x00") || name == "" || name == "." || name == ".." || len(name) > 255 {
			t.Skip("no name of a file") // as the system says
		}
		p := newFolder(t)
		at := "sub/" + name
		ok(t, os.Mkdir(p.path("sub"), 0o700))
		if err := os.WriteFile(p.dir+"/"+at, []byte("content"), 0o600); err != nil {
			return // this system does not allow it
		}
		// Windows leaves out spaces and dots at the end, and replaces what is no Unicode.
		names, err := os.ReadDir(p.path("sub"))
		ok(t, err)
		at = "sub/" + names[0].Name()
		taken := len(p.look().Ready)+len(p.look().Ready) > 0
		for i, end := range []func(*drop.Claim) error{(*drop.Claim).PutBack, func(c *drop.Claim) error { return c.Failed("r", "h") }, (*drop.Claim).Done} {
			p.look()
			ready := p.look().Ready
			if taken != (len(ready) == 1) {
				t.Fatalf("round %d: ready %q, and before %v", i, ready, taken)
			}
			if !taken {
				break
			}
			c, err := p.Claim(ready[0])
			ok(t, err)
			if b, err := os.ReadFile(c.Path); string(b) != "content" || c.Name != at {
				t.Fatalf("claim of %q holds %q, %v", c.Name, b, err)
			}
			ok(t, end(c))
			if i == 1 { // somebody tries it again
				for was, content := range p.files() {
					if content == "content" {
						ok(t, os.Rename(p.dir+"/"+was, p.dir+"/"+at))
					}
				}
			}
		}
		found := 0
		for _, content := range p.files() {
			if content == "content" {
				found++
			}
		}
		if found != 1 {
			t.Fatalf("%q is in %d places: %q", name, found, p.files())
		}
	})
}
