package fhiraudit

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// readXML reads one AuditEvent element into t. The element has been cut out of
// its document, so its namespace prefix may be undeclared, and only the five
// entities of XML itself are known.
func (t *tree) readXML(s string) status {
	root := t.reset(s)
	r := xmlReader{t: t, d: xml.NewDecoder(strings.NewReader(s))}
	for {
		tok, err := r.d.Token()
		if err != nil {
			return statusOf(err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		n := t.add(root, fResource, "", 0)
		t.add(n, fResourceType, start.Name.Local, 0)
		st := r.children(n, 1)
		t.nodes[n].end = len(s)
		return st
	}
}

func statusOf(err error) status {
	var syntax *xml.SyntaxError
	if errors.Is(err, io.EOF) || errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF") {
		return statusEnd
	}
	return statusSyntax
}

type xmlReader struct {
	t *tree
	d *xml.Decoder
}

// children reads up to the end tag of n.
func (r *xmlReader) children(n ref, depth int) status {
	for {
		tok, err := r.d.Token()
		if err != nil {
			return statusOf(err)
		}
		switch e := tok.(type) {
		case xml.EndElement:
			return statusOK
		case xml.Directive:
			return statusSyntax
		case xml.StartElement:
			if st := r.element(n, e, depth+1); st != statusOK {
				return st
			}
		}
	}
}

func (r *xmlReader) element(parent ref, e xml.StartElement, depth int) status {
	if depth > maxDepth {
		return statusDeep
	}
	f := fieldOf(e.Name.Local)
	if f == fNone || f == fText && depth == 2 { // at this depth a text is the narrative
		return r.skip(depth)
	}
	n := r.t.add(parent, f, "", 0)
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "value":
			r.t.nodes[n].text = a.Value
		case "url":
			r.t.add(n, fURL, a.Value, 0)
		}
	}
	return r.children(n, depth)
}

func (r *xmlReader) skip(depth int) status {
	for level := depth; ; {
		tok, err := r.d.Token()
		if err != nil {
			return statusOf(err)
		}
		switch tok.(type) {
		case xml.StartElement:
			level++
			if level > maxDepth {
				return statusDeep
			}
		case xml.EndElement:
			level--
			if level < depth {
				return statusOK
			}
		}
	}
}
