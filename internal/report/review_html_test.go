package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
)

// page is a parsed page.
type page struct {
	source string
	root   *html.Node
}

func parsePage(t *testing.T, source []byte) page {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	return page{string(source), root}
}

func (p page) each(do func(*html.Node)) {
	for n := range p.root.Descendants() {
		do(n)
	}
}

func (p page) count(tag string) int {
	n := 0
	p.each(func(x *html.Node) {
		if x.Type == html.ElementNode && x.Data == tag {
			n++
		}
	})
	return n
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for x := range n.Descendants() {
		if x.Type == html.TextNode && (x.Parent == nil || x.Parent.Data != "style") {
			b.WriteString(x.Data + " ")
		}
	}
	return b.String()
}

// selfContained fails for a page that could load or run anything.
func (p page) selfContained(t *testing.T) {
	t.Helper()
	style, policy := "", ""
	p.each(func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		switch n.Data {
		case "script", "link", "img", "iframe", "object", "embed", "form", "base", "b":
			t.Errorf("the page has an element %s", n.Data)
		case "style":
			style = n.FirstChild.Data
		case "meta":
			if attribute(n, "http-equiv") == "Content-Security-Policy" {
				policy = attribute(n, "content")
			}
		}
		for _, a := range n.Attr {
			if a.Key == "style" || a.Key == "src" || strings.HasPrefix(a.Key, "on") || (a.Key == "href" && !strings.HasPrefix(a.Val, "#")) {
				t.Errorf("element %s has the attribute %s=%q", n.Data, a.Key, a.Val)
			}
		}
	})
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	if policy != want {
		t.Errorf("the policy is %q, want %q", policy, want)
	}
	without := strings.ReplaceAll(p.source, `xmlns="http://www.w3.org/2000/svg"`, "")
	for _, bad := range []string{"http://", "https://", "//www", "url(", "@import", "javascript:"} {
		if strings.Contains(without, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

// accessible checks what can be checked without a browser: the language, the
// order of headings, names of tables and pictures, links that lead somewhere.
func (p page) accessible(t *testing.T) {
	t.Helper()
	ids, links := map[string]int{}, map[string]bool{}
	level := 0
	p.each(func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
		for _, name := range []string{"aria-labelledby", "aria-describedby"} {
			for id := range strings.FieldsSeq(attribute(n, name)) {
				links[id] = true
			}
		}
		switch n.Data {
		case "html":
			if attribute(n, "lang") == "" {
				t.Error("the page names no language")
			}
		case "h1", "h2", "h3", "h4":
			if now := int(n.Data[1] - '0'); now > level+1 {
				t.Errorf("heading %q of level %d follows one of level %d", textOf(n), now, level)
			} else {
				level = now
			}
		case "table":
			if n.FirstChild == nil || !strings.Contains(textOf(n), " ") || !hasChild(n, "caption") {
				t.Error("a table has no caption")
			}
		case "th":
			if attribute(n, "scope") == "" {
				t.Errorf("the heading cell %q has no scope", textOf(n))
			}
		case "svg":
			if !hasChild(n, "title") || !hasChild(n, "desc") || attribute(n, "role") != "img" {
				t.Error("a picture has no title, no description or no role")
			}
		case "a":
			links[strings.TrimPrefix(attribute(n, "href"), "#")] = true
		}
	})
	if level == 0 {
		t.Error("the page has no heading")
	}
	for id := range links {
		if ids[id] != 1 {
			t.Errorf("%d elements have the id %q that something refers to", ids[id], id)
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements have the id %q", n, id)
		}
	}
}

func hasChild(n *html.Node, tag string) bool {
	for c := range n.ChildNodes() {
		if c.Data == tag {
			return true
		}
	}
	return false
}

func TestReviewHTML(t *testing.T) {
	for name, r := range reviews() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.ReviewHTML(&b, r); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			golden.Compare(t, "testdata/review_"+name+".html", b.Bytes())
			p := parsePage(t, b.Bytes())
			p.selfContained(t)
			p.accessible(t)
			if got := p.count("article"); got != len(r.Findings) {
				t.Errorf("%d findings are shown, want %d", got, len(r.Findings))
			}
			if p.count("svg") != p.count("details") {
				t.Errorf("%d charts have %d tables beside them", p.count("svg"), p.count("details"))
			}
		})
	}
}

// What a log brings along is text, whatever it looks like, and nothing of the
// review is left out.
func TestReviewHTMLShowsEverything(t *testing.T) {
	var b bytes.Buffer
	r := rich()
	if err := report.ReviewHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	p := parsePage(t, b.Bytes())
	text := textOf(p.root)
	hasAll(t, text, basis())
	hasAll(t, text, []string{
		`<script>alert("1")</script> (front desk) opened`, "<img src=x onerror=alert(1)>", "<b>FRONT-2</b>", "Lab <interface>", "A rule of the practice <own>",
		"Łukasz Núñez (billing)", "Zoë Nguyễn", "Nguyễn Thị Ánh", "Lakeside Dental & Family", "Evidence: 10 of 37 rows shown", "minutes after shift: 200",
		"+45 what this rule starts from", "81 which is critical", "looked for and not found", "found for 3 of 14 patients", "Reviewed by", "Signature",
		"Answer: I was clearing the claims of February.", "164.312(b)", "164.312(a) (proposed)", "d00dd00d", "chartwatch 0.3.0",
		"It is not an accusation", "some records could not be read", "finding 9f8e7d6c5b of other days", "Give each their own account",
	})
	for _, x := range r.Findings {
		hasAll(t, text, []string{x.ID, strings.Join(strings.Fields(x.Text), " ")})
	}
}

// The page of a quarter with hundreds of findings is still one page.
func TestReviewHTMLOfManyDays(t *testing.T) {
	r := rich()
	r.Days = nil
	for i := range 92 {
		d := rich().Days[i%7]
		d.Day = day(3 + i)
		r.Days = append(r.Days, d)
	}
	for i := range 200 {
		x := bulk()
		x.ID = fmt.Sprintf("%010x", i)
		r.Findings = append(r.Findings, x)
	}
	var b bytes.Buffer
	if err := report.ReviewHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	p := parsePage(t, b.Bytes())
	p.accessible(t)
	if got := p.count("article"); got != 205 {
		t.Errorf("%d findings are shown", got)
	}
}
