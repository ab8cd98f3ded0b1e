package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
)

// TestLoadSites reads two practices. Variables and options are of the configuration
// that names them, and not of theirs.
func TestLoadSites(t *testing.T) {
	o := surroundings(t)
	o.Environ = []string{"CHARTWATCH_STORE_WAIT=7s", "CHARTWATCH_LOG_LEVEL=debug", "HOME=/home/x"}
	o.Flags = map[string]string{"data_dir": "all"}
	o.File = write(t, o.SystemDir, "all.yaml", "sites: [b.yaml, \"[a].yaml\", a.yaml]\nschedule: {review: fri 20:00}\n")
	write(t, o.SystemDir, "a.yaml", "site: a\ndata_dir: data/a\ndrop: {dir: in/a}\n")
	write(t, o.SystemDir, "b.yaml", "site: b\ndata_dir: data/b\nschedule: {review: sun 08:00}\n")
	all := load(t, o)
	list, unusable, err := config.LoadSites(all, o)
	if err != nil || len(unusable) != 0 {
		t.Fatal(err, unusable)
	}
	var got []string
	for _, l := range list {
		c := l.Config
		got = append(got, strings.Join([]string{c.Site, filepath.Base(c.DataDir), c.Schedule.Review, c.Store.Wait.String(), c.Log.Level, filepath.Base(l.File)}, " "))
	}
	// The wait is a setting of all; the level of the log is of this program alone.
	want := []string{"b b sun 08:00 7s info b.yaml", "a a fri 20:00 7s info a.yaml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("practices (-want +got):\n%s", diff)
	}
}

func TestBadSites(t *testing.T) {
	const a = "site: a\ndata_dir: data/a\ndrop: {dir: in/a}\n"
	for _, tc := range []struct{ name, b, want string }{
		{"the-same-site", "site: a\ndata_dir: data/b\n", `the site "a" is in `},
		{"the-same-data", "site: b\ndata_dir: data/a\n", "its data_dir is that of "},
		{"data-inside", "site: b\ndata_dir: data/a/b\n", "its data_dir is that of "},
		{"data-around", "site: b\ndata_dir: data\n", "its data_dir is that of "},
		{"the-same-drop-folder", "site: b\ndata_dir: data/b\ndrop: {dir: in/a}\n", "its drop folder is that of "},
		{"no-data-directory", "site: b\n", "data_dir is missing"},
		{"no-site", "data_dir: data/b\n", "site is missing"},
		{"sites-of-its-own", "site: b\ndata_dir: data/b\nsites: [c.yaml]\n", "cannot name further ones"},
		{"a-mistake", "site: b\ndata_dir: data/b\nschedule: {review: never}\n", "b.yaml:3:20: schedule.review: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := surroundings(t)
			o.File = write(t, o.SystemDir, "all.yaml", "sites: [a.yaml, b.yaml]\n")
			write(t, o.SystemDir, "a.yaml", a)
			write(t, o.SystemDir, "b.yaml", tc.b)
			list, unusable, err := config.LoadSites(load(t, o), o)
			if err != nil || len(list) != 1 || list[0].Config.Site != "a" || len(unusable) != 1 {
				t.Fatalf("got %d usable ones, %v, %v; want the one of a", len(list), unusable, err)
			}
			bad := unusable[0]
			if filepath.Base(bad.File) != "b.yaml" || !strings.Contains(bad.Error(), tc.want) || fault.KindOf(bad) != fault.Invalid || fault.HintOf(bad) == "" {
				t.Errorf("got %v about %s, want %s", bad, bad.File, tc.want)
			}
		})
	}
	o := surroundings(t)
	o.File = write(t, o.SystemDir, "all.yaml", "sites: [\"sites/*.yaml\"]\n")
	if _, _, err := config.LoadSites(load(t, o), o); err == nil || !strings.Contains(err.Error(), "there is no file ") {
		t.Errorf("a pattern without files: %v", err)
	}
}
