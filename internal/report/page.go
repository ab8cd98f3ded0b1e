package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed templates
var pageFiles embed.FS

// writePage writes one self-contained page: its style stands in it, and its
// policy allows that style and nothing else, neither scripts nor anything from
// outside.
func writePage(w io.Writer, name string, view any) error {
	style, err := pageFiles.ReadFile("templates/report.css")
	if err != nil {
		return fmt.Errorf("reading the style of the page: %w", err)
	}
	sum := sha256.Sum256(style)
	frame, err := pageFiles.ReadFile("templates/frame.html")
	if err != nil {
		return fmt.Errorf("reading the frame of the page: %w", err)
	}
	// Both are files of ours, not data, and are put into the template before it is
	// read, so that the template escapes everything that comes after.
	source := strings.NewReplacer("STYLE-HASH", base64.StdEncoding.EncodeToString(sum[:]), "STYLE-SHEET", string(style)).Replace(string(frame))
	t, err := template.New("frame").Parse(source)
	if err == nil {
		t, err = t.ParseFS(pageFiles, "templates/parts.html", "templates/"+name)
	}
	if err != nil {
		return fmt.Errorf("reading the template of the page: %w", err)
	}
	if err := t.ExecuteTemplate(w, "frame", view); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}
