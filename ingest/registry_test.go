package ingest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
)

// prefixParser accepts files that start with its text.
type prefixParser string

func (p prefixParser) Detect(h ingest.Head) error {
	if !strings.HasPrefix(string(h.Bytes), string(p)) {
		return errors.New("it does not start with " + string(p))
	}
	return nil
}

func (prefixParser) Parse(context.Context, ingest.Source, *ingest.Writer) error { return nil }

func plugin(name, prefix string) ingest.Plugin {
	return ingest.Plugin{
		Name: name, Version: 1, Produces: []ingest.Dataset{ingest.Events},
		New: func(ingest.Settings) (ingest.Parser, error) { return prefixParser(prefix), nil },
	}
}

func TestNewRegistryRefuses(t *testing.T) {
	change := func(f func(*ingest.Plugin)) []ingest.Plugin {
		p := plugin("acme", "A")
		f(&p)
		return []ingest.Plugin{p}
	}
	cases := map[string]struct {
		plugins []ingest.Plugin
		want    string
	}{
		"twice":       {[]ingest.Plugin{plugin("acme", "A"), plugin("acme", "B")}, `parser "acme" is listed twice`},
		"name":        {change(func(p *ingest.Plugin) { p.Name = "Acme EHR" }), `parser name "Acme EHR": want lower-case words joined by hyphens`},
		"constructor": {change(func(p *ingest.Plugin) { p.New = nil }), `parser "acme" has no constructor`},
		"version":     {change(func(p *ingest.Plugin) { p.Version = 0 }), `parser "acme": version 0 is below 1`},
		"nothing":     {change(func(p *ingest.Plugin) { p.Produces = nil }), `parser "acme" produces no dataset`},
		"dataset":     {change(func(p *ingest.Plugin) { p.Produces = []ingest.Dataset{"weather"} }), `parser "acme": unknown dataset "weather"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ingest.NewRegistry(c.plugins...)
			if err == nil || err.Error() != c.want {
				t.Errorf("got error %v, want %s", err, c.want)
			}
		})
	}
}

func TestRegistryByName(t *testing.T) {
	r, err := ingest.NewRegistry(plugin("zeta", "Z"), plugin("acme", "A"))
	must(t, err)
	p, err := r.ByName("acme")
	if err != nil || p.Name != "acme" {
		t.Errorf("got %q, %v", p.Name, err)
	}
	_, err = r.ByName("acmee")
	if want := `unknown parser "acmee"; known parsers are acme, zeta`; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestRegistryIsImmutable(t *testing.T) {
	list := []ingest.Plugin{plugin("zeta", "Z"), plugin("acme", "A")}
	r, err := ingest.NewRegistry(list...)
	must(t, err)
	list[0].Name = "other"
	r.Plugins()[1].Name = "other"
	var names []string
	for _, p := range r.Plugins() {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"zeta", "acme"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestRegistryDetect(t *testing.T) {
	r, err := ingest.NewRegistry(plugin("acme", "A"), plugin("zeta", "AB"), plugin("zulu", "Z"))
	must(t, err)
	p, parser, err := r.Detect(ingest.Head{Bytes: []byte("Zebra")}, ingest.Settings{})
	if err != nil || p.Name != "zulu" || parser == nil {
		t.Errorf("got %q, %v, %v", p.Name, parser, err)
	}
	cases := map[string]struct {
		text     string
		accepted []string
		want     string
	}{
		"several": {"ABC", []string{"acme", "zeta"}, "several parsers accept the file: acme, zeta"},
		"none": {
			"Q", nil,
			"no parser recognises the file\n  acme: it does not start with A\n  zeta: it does not start with AB\n  zulu: it does not start with Z",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := r.Detect(ingest.Head{Bytes: []byte(c.text)}, ingest.Settings{})
			var detect *ingest.DetectError
			if !errors.As(err, &detect) {
				t.Fatalf("got error %v", err)
			}
			if diff := cmp.Diff(c.accepted, detect.Accepted); diff != "" {
				t.Errorf("accepted (-want +got):\n%s", diff)
			}
			if err.Error() != c.want {
				t.Errorf("got %q, want %q", err, c.want)
			}
		})
	}
}

func TestRegistryDetectWithBadSettings(t *testing.T) {
	broken := plugin("acme", "A")
	bad := errors.New("line 3: unknown key")
	broken.New = func(ingest.Settings) (ingest.Parser, error) { return nil, bad }
	r, err := ingest.NewRegistry(broken)
	must(t, err)
	_, _, err = r.Detect(ingest.Head{}, ingest.Settings{})
	if !errors.Is(err, bad) || err.Error() != "setting up parser acme: line 3: unknown key" {
		t.Errorf("got error %v", err)
	}
}

func TestCheckHead(t *testing.T) {
	const blank = " \r\n\t"
	for text, empty := range map[string]bool{
		"": true, blank: true, "a": false, "\n\na": false, strings.Repeat("\n", 600): false,
	} {
		if err := ingest.CheckHead(ingest.Head{Bytes: []byte(text)}); (err != nil) != empty {
			t.Errorf("a head of %d bytes gives %v", len(text), err)
		}
	}
}
