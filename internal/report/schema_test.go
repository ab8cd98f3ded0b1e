package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
)

// documented are the documents that commands print with --format json, by the
// name of their schema in folder schema.
func documented() map[string]any {
	return map[string]any{
		"who": access.Answer{}, "review": review.Report{}, "findings": []review.Item{}, "ingest": intake.Result{}, "coverage": report.Coverage{}, "weeks": report.Weeks{},
	}
}

// TestSchemas keeps the schemas equal to the types that are printed.
func TestSchemas(t *testing.T) {
	for name, document := range documented() {
		t.Run(name, func(t *testing.T) {
			golden.Compare(t, filepath.Join("schema", name+".schema.json"), schemaOf(t, name, document))
		})
	}
}

// schemaOf describes a type. More fields may come with a later release, so that
// further ones are always allowed.
func schemaOf(t *testing.T, name string, document any) []byte {
	t.Helper()
	r := generate.Reflector{
		Anonymous: true, AllowAdditionalProperties: true, ExpandedStruct: reflect.TypeOf(document).Kind() == reflect.Struct,
		// Two packages may have types of one name.
		Namer: func(typ reflect.Type) string {
			if typ.Name() == "" || typ.PkgPath() == "" {
				return ""
			}
			return path.Base(typ.PkgPath()) + "." + typ.Name()
		},
		Mapper: func(typ reflect.Type) *generate.Schema {
			switch typ {
			case reflect.TypeFor[coverage.Day]():
				return &generate.Schema{Type: "string", Format: "date", Description: "a day on the calendar of the practice"}
			case reflect.TypeFor[time.Duration]():
				return &generate.Schema{Type: "integer", Description: "nanoseconds"}
			}
			return nil
		},
	}
	s := r.Reflect(document)
	allowNull(s, s.Definitions, reflect.TypeOf(document), map[reflect.Type]bool{})
	s.ID = generate.ID("https://github.com/chartwatch/chartwatch/internal/report/schema/" + name + ".schema.json")
	s.Title = "chartwatch " + name + " --format json"
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// allowNull describes what a pointer that is always printed may be: its value or null.
func allowNull(s *generate.Schema, all generate.Definitions, typ reflect.Type, done map[reflect.Type]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || done[typ] {
		return
	}
	done[typ] = true
	if own := all[path.Base(typ.PkgPath())+"."+typ.Name()]; own != nil {
		s = own
	}
	for f := range typ.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		allowNull(s, all, f.Type, done)
		if f.Type.Kind() != reflect.Pointer || strings.Contains(options, "omit") || s.Properties == nil {
			continue
		}
		if value, ok := s.Properties.Get(name); ok {
			s.Properties.Set(name, &generate.Schema{OneOf: []*generate.Schema{value, {Type: "null"}}})
		}
	}
}

// TestDocumentsFitTheirSchemas checks what the other tests of this package hold
// as right against the schemas.
func TestDocumentsFitTheirSchemas(t *testing.T) {
	for name, pattern := range map[string]string{"who": "who_*.json", "review": "review_*.json", "coverage": "coverage*.json"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("files of %s: %d, %v", pattern, len(files), err)
		}
		schema := compiled(t, name)
		for _, file := range files {
			if err := schema.Validate(read(t, file)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// TestSchemaRefuses shows that the check above can fail.
func TestSchemaRefuses(t *testing.T) {
	document, ok := read(t, filepath.Join("testdata", "who_by_user.json")).(map[string]any)
	if !ok {
		t.Fatal("the answer is no object")
	}
	document["accesses"] = "none"
	if err := compiled(t, "who").Validate(document); err == nil || !strings.Contains(err.Error(), "/accesses") {
		t.Errorf("a text for the accesses: %v", err)
	}
	delete(document, "accesses")
	if err := compiled(t, "who").Validate(document); err == nil || !strings.Contains(err.Error(), "accesses") {
		t.Errorf("without accesses: %v", err)
	}
}

func compiled(t *testing.T, name string) *validate.Schema {
	t.Helper()
	file := filepath.Join("schema", name+".schema.json")
	c := validate.NewCompiler()
	if err := c.AddResource(name, read(t, file)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return s
}

func read(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := validate.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}
