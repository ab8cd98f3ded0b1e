package scrub

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
)

// xmlWalker walks XML documents and what stands around them in a log.
type xmlWalker struct {
	*walker

	open []string // elements around, as in the copy
}

func (x *xmlWalker) run() error {
	for {
		if err := x.step(); err != nil {
			return err
		}
		text, err := x.until('<')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		x.put(x.entities(x.path("#text"), text))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err := x.markup(); err != nil {
			return err
		}
	}
}

// until reads what stands before a byte, which stays unread.
func (x *xmlWalker) until(c byte) (string, error) {
	var text []byte
	for {
		part, err := x.in.ReadSlice(c)
		text = append(text, part...)
		switch {
		case err == nil:
			_ = x.in.UnreadByte() // a byte was read
			return string(text[:len(text)-1]), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return string(text), err
		case len(text) > maxPiece:
			return "", errLong
		}
	}
}

// markup reads what begins with '<'.
func (x *xmlWalker) markup() error {
	near, _ := x.in.Peek(16) // what there is
	switch {
	case bytes.HasPrefix(near, []byte("<!--")):
		return x.section("<!--", "-->", pathComment)
	case bytes.HasPrefix(near, []byte("<![CDATA[")):
		return x.section("<![CDATA[", "]]>", x.path("#text"))
	case bytes.HasPrefix(near, []byte("<?")):
		return x.section("<?", "?>", "")
	case len(near) > 1 && (near[1] == '/' || near[1] == '!' || near[1] == '_' || near[1] >= 'A' || near[1] >= 0x80):
		return x.tag()
	}
	if m := regexp.MustCompile(`^<\d{1,3}>(1 )?`).Find(near); m != nil { // the priority of a syslog message
		x.open = x.open[:0]
		_, err := x.in.Discard(len(m))
		x.put(string(m))
		return err
	}
	_, err := x.in.Discard(1)
	x.putByte('<')
	return err
}

// section reads a comment, a CDATA section or an instruction.
func (x *xmlWalker) section(from, to, path string) error {
	whole, _ := x.in.Peek(window) // what there is
	end := bytes.Index(whole, []byte(to))
	if end < 0 {
		_, err := x.in.Discard(len(from))
		x.put(from)
		return err
	}
	body := string(whole[len(from):end])
	if _, err := x.in.Discard(end + len(to)); err != nil {
		return err
	}
	switch {
	case path == pathComment:
		body = x.comment(body)
	case path != "":
		body = x.visit.value(path, body)
	case declaration().MatchString(body):
		body = encodingOf().ReplaceAllString(body, "${1}UTF-8${2}")
	default:
		body = x.visit.value(pathText, body)
	}
	x.put(from + body + to)
	return nil
}

// comment keeps the lines of a comment and nothing else of it.
func (x *xmlWalker) comment(body string) string {
	return strings.Repeat("\n", strings.Count(body, "\n"))
}

func declaration() *regexp.Regexp {
	return regexp.MustCompile(`^xml\s+version=["']1\.[01]["'](\s+encoding=["'][A-Za-z0-9_-]{1,20}["'])?(\s+standalone=["'](yes|no)["'])?\s*$`)
}

func encodingOf() *regexp.Regexp {
	return regexp.MustCompile(`(encoding=["'])[A-Za-z0-9_-]+(["'])`)
}

// tag reads an element's tag or a document type.
func (x *xmlWalker) tag() error {
	const near = 4 << 10
	whole, _ := x.in.Peek(near) // what there is
	end := tagEnd(whole)
	if end < 0 {
		whole, _ = x.in.Peek(window) // what there is
		end = tagEnd(whole)
	}
	if end < 0 {
		end = bytes.IndexByte(whole, '>')
	}
	if end < 0 {
		_, err := x.in.Discard(1)
		x.putByte('<')
		return err
	}
	body := string(whole[1:end])
	if _, err := x.in.Discard(end + 1); err != nil {
		return err
	}
	x.put("<")
	switch body[0] {
	case '!':
		x.put(x.visit.value(pathText, body))
	case '/':
		x.put("/" + x.visit.name(body[1:]))
		if len(x.open) > 0 {
			x.open = x.open[:len(x.open)-1]
		}
	default:
		x.element(body)
	}
	x.put(">")
	return nil
}

// tagEnd finds the end of a tag outside of quotes and of a document type's own
// brackets.
func tagEnd(s []byte) int {
	quote, inside := byte(0), 0
	for i, c := range s {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			inside++
		case c == ']':
			inside--
		case c == '>' && inside <= 0:
			return i
		}
	}
	return -1
}

// element writes an opening tag without its brackets.
func (x *xmlWalker) element(body string) {
	name := body
	if n := strings.IndexAny(body, " \t\r\n/"); n >= 0 {
		name = body[:n]
	}
	made := x.visit.name(name)
	x.put(made)
	if len(x.open) >= maxDepth {
		x.open = x.open[:0]
	}
	x.open = append(x.open, strings.ReplaceAll(made, "/", "_"))
	x.attributes(body[len(name):])
	if strings.HasSuffix(body, "/") {
		x.open = x.open[:len(x.open)-1]
	}
}

func (x *xmlWalker) attributes(s string) {
	for s != "" {
		equal := strings.IndexByte(s, '=')
		if equal < 0 {
			break
		}
		rest := strings.TrimLeft(s[equal+1:], " \t\r\n")
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			break
		}
		end := strings.IndexByte(rest[1:], rest[0])
		if end < 0 {
			break
		}
		name := x.visit.name(s[:equal])
		x.put(name)
		x.put(s[equal : len(s)-len(rest)+1])
		x.put(x.entities(x.path("@"+strings.TrimSpace(name)), rest[1:1+end]))
		x.putByte(rest[0])
		s = rest[end+2:]
	}
	x.put(x.visit.value(pathText, s))
}

// entities visits a text with character references.
func (x *xmlWalker) entities(path, raw string) string {
	if strings.IndexByte(raw, '&') < 0 {
		return x.visit.value(path, raw)
	}
	var plain string
	if err := xml.Unmarshal([]byte("<a>"+raw+"</a>"), &plain); err != nil {
		return x.visit.value(path, raw)
	}
	var b strings.Builder
	for _, r := range x.visit.value(path, plain) {
		switch r {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '"':
			b.WriteString("&quot;")
		case '\'':
			b.WriteString("&#39;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// path joins the elements around a value.
func (x *xmlWalker) path(last string) string {
	const most = 3
	parts := x.open[max(0, len(x.open)-most):]
	if len(parts) == 0 {
		return pathText
	}
	return strings.Join(parts, "/") + "/" + last
}
