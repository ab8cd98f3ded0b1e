package access_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/internal/access"
)

func TestNameKey(t *testing.T) {
	for want, names := range map[string][]string{
		"anna luczak": {
			"Łuczak, Anna", "anna luczak", "ANNA  LUCZAK", "Anna Łuczak", "Dr. Anna Łuczak, MD", "Luczak,Anna", "Mrs Anna Luczak RN", "  Anna\tŁuczak ",
		},
		"john smith":        {"Smith Jr., John", "John Smith, III", "SMITH, JOHN MD", "John Smith DO", "Dr John Smith PhD"},
		"obrien sean":       {"Seán O'Brien", "O’Brien, Seán", "SEAN O`BRIEN", "Sean O‘Brien", "Sean Oʼbrien", "Sean O´Brien"},
		"anh do":            {"Anh Do", "Do, Anh", "DO, Anh MD", "Anh Do, MD"},
		"jr smith":          {"Smith Jr"},
		"garcia jose lopez": {"José García-López", "García López, José", "Jose\u0301 Garci\u0301a Lo\u0301pez"},
		"grossmann joerg":   {"Joerg Großmann"},
		"bjorn sorensen":    {"Bjørn Sørensen"},
		"иван":              {"Иван"},
		"dr":                {"Dr."},
		"101":               {"101"},
		"":                  {"", " ", "-", "'"},
	} {
		for _, name := range names {
			if got := access.NameKey(name); got != want {
				t.Errorf("the key of %q is %q, want %q", name, got, want)
			}
		}
	}
	for _, pair := range [][2]string{
		{"Anna Luczak", "Anna Maria Luczak"},
		{"Anh Do", "Anh Pa"},
		{"Anh Do", "Anh"},
		{"John Smith", "Joan Smith"},
	} {
		if access.NameKey(pair[0]) == access.NameKey(pair[1]) {
			t.Errorf("%q and %q have the same key", pair[0], pair[1])
		}
	}
}

func TestSimilar(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Ana Rivera", "Rivera, Ana M.", true},
		{"Ana Maria Rivera", "Ana M Rivera", true},
		{"Ana Maria Rivera", "Rivera, Ana", true},
		{"Ana Rivera", "A. Rivera", true},
		{"Ana Rivera", "Bo Rivera", false},
		{"Ana Rivera", "Rivera", false},
		{"Ana Rivera", "", false},
		{"Ana Rivera", "Anastasia Rivera", false},
	} {
		if got := access.Similar(c.a, c.b); got != c.want {
			t.Errorf("%q and %q similar: %v, want %v", c.a, c.b, got, c.want)
		}
		if access.Similar(c.a, c.b) != access.Similar(c.b, c.a) {
			t.Errorf("%q and %q: the order matters", c.a, c.b)
		}
	}
}
