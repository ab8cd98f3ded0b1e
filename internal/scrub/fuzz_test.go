package scrub_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/scrub"
)

// FuzzScrub scrubs arbitrary bytes, without and with a parser: no word of six
// letters or more may survive that is not in the list.
func FuzzScrub(f *testing.F) {
	for _, seed := range []string{
		"timestamp,user_id,patient_id,action\n2025-03-10 09:00:00,kvosburgh,4711001,view\n",
		`{"name":"Wobbegong","at":"2025-03-10T09:00:00Z","n":1e5}` + "\n",
		`<log><user name="Wobbegong &amp; x">4711001</user><!-- Wobbegong --></log>`,
		"CREATE TABLE `log` (`id` int(11));\nINSERT INTO `log` VALUES (1,'Wobbegong\\'s'),(2,NULL);\n",
		"2025-03-10 INFO Wobbegong {\"a\":[\"Wobbegong\"]}\n",
		"40 <85>1 2025-03-10T09:00:00Z h a 1 IHE - <a/>",
	} {
		f.Add([]byte(seed))
	}
	may := listed(f)
	none, err := ingest.NewRegistry()
	if err != nil {
		f.Fatal(err)
	}
	table, err := registry(f).ByName("delimited")
	if err != nil {
		f.Fatal(err)
	}
	one, err := ingest.NewRegistry(table)
	if err != nil {
		f.Fatal(err)
	}
	words := regexp.MustCompile(`[A-Za-z]{6,}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := filepath.Join(t.TempDir(), "in")
		write(t, in, string(data))
		for _, reg := range []*ingest.Registry{none, one} {
			report, err := scrub.Run(t.Context(), scrub.Options{
				Registry: reg, Files: []scrub.File{file(t, in)}, Output: filepath.Join(t.TempDir(), "out"), Random: key(1), AllowDifference: true,
			})
			if err != nil {
				continue // binary, cut off, or with something that must not be shown
			}
			text, err := os.ReadFile(report.Copies[0].Path)
			if err != nil {
				t.Fatal(err)
			}
			have := map[string]bool{}
			for _, w := range words.FindAllString(string(text), -1) {
				have[strings.ToLower(w)] = true
			}
			for _, w := range words.FindAllString(string(data), -1) {
				if have[strings.ToLower(w)] && !compound(w, may) && !strings.Contains(strings.Join(report.Labels, " "), strings.ToLower(w)) {
					t.Errorf("%q is still there", w)
				}
			}
		}
	})
}

// compound reports whether a word is made of words of the list.
func compound(w string, may map[string]bool) bool {
	if may[strings.ToLower(w)] {
		return true
	}
	reach := make([]bool, len(w)+1) // where a word of the list may end
	reach[0] = true
	for end := 1; end <= len(w); end++ {
		for from := range end {
			reach[end] = reach[end] || reach[from] && may[strings.ToLower(w[from:end])]
		}
	}
	return reach[len(w)]
}
