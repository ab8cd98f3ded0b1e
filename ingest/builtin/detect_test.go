package builtin_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
)

// TestSampleLogsHaveOneParser is the detection matrix: every file under
// sample_logs is accepted by exactly one parser.
func TestSampleLogsHaveOneParser(t *testing.T) {
	root := sampleLogs(t)
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if rel == "README.md" || rel == "chartwatch.yaml" {
			return nil // says what the samples are, and how to read them
		}
		files++
		t.Run(filepath.ToSlash(rel), func(t *testing.T) {
			for name, accepted := range accepting(t, path) {
				if len(accepted) != 1 {
					t.Errorf("%s is accepted by %q, want exactly one parser", name, accepted)
				}
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("sample_logs has no file")
	}
}

// TestEveryPluginHasItsSample makes sure that the file which a plug-in names is
// there and is its own.
func TestEveryPluginHasItsSample(t *testing.T) {
	root := sampleLogs(t)
	for _, p := range builtin.Plugins() {
		t.Run(p.Name, func(t *testing.T) {
			path := filepath.Join(root, filepath.FromSlash(strings.TrimPrefix(p.Sample, "sample_logs/")))
			for name, accepted := range accepting(t, path) {
				if diff := cmp.Diff([]string{p.Name}, accepted); diff != "" {
					t.Errorf("parsers of %s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// TestUnknownFilesAreRefused shows the registry what is no log at all.
func TestUnknownFilesAreRefused(t *testing.T) {
	r, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":         "",
		"prose":         "Dear all,\nthe meeting is on Monday.\n",
		"organizations": "Id,NAME,ADDRESS,CITY,STATE,ZIP\n1,North Clinic,1 Way,Dover,DE,19901\n",
		"html":          "<html><body><table></table></body></html>\n",
		"json":          "{\"colour\":\"blue\"}\n",
		"fhir-slot":     "{\"resourceType\":\"Slot\",\"id\":\"1\"}\n",
		"only-ids":      "user_id,patient_id\na,1\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := r.Detect(ingest.Head{Name: "input", Bytes: []byte(text), Complete: true}, ingest.Settings{})
			refused, ok := errors.AsType[*ingest.DetectError](err)
			if !ok {
				t.Fatalf("Detect returns %v, want a DetectError", err)
			}
			if len(refused.Accepted) > 0 || len(refused.Refusals) != len(builtin.Plugins()) {
				t.Errorf("accepted by %q, refused by %d of %d parsers", refused.Accepted, len(refused.Refusals), len(builtin.Plugins()))
			}
		})
	}
}

// accepting opens a file as an import does and returns for each member which
// parsers accept it.
func accepting(t *testing.T, path string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	_, err := ingest.OpenFile(t.Context(), path, ingest.OpenOptions{}, func(_ context.Context, m ingest.Member) error {
		found[m.Name] = nil
		for _, p := range builtin.Plugins() {
			parser, err := p.New(ingest.Settings{})
			if err != nil {
				return err
			}
			if parser.Detect(m.Head) == nil {
				found[m.Name] = append(found[m.Name], p.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("%s holds no file", filepath.Base(path))
	}
	return found
}

func sampleLogs(t *testing.T) string {
	t.Helper()
	path := filepath.Join(moduleRoot(t), "sample_logs")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the sample logs are missing: %v", err)
	}
	return path
}

// moduleRoot walks up to the folder with go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
