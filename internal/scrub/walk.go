package scrub

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// Family is how a file is built.
type Family string

// The families.
const (
	Delimited Family = "delimited"
	JSON      Family = "json"
	XML       Family = "xml"
	SQL       Family = "sql"
	Lines     Family = "lines"
	framed    Family = "syslog" // XML in frames that say how long they are
)

// layout is how a file is to be walked.
type layout struct {
	family Family
	comma  byte
	header int64 // line of the header, or 0
	lines  bool  // each line is a JSON document of its own
}

// maxPiece is the largest value, or line, that is held in memory.
const maxPiece = 16 << 20

// errLong is about a value that is too large to be held.
var errLong = errors.New("a line or value is longer than 16 MiB")

// walker reads a file, hands its parts to a visitor and writes what that makes
// of them. Everything else but what is between the parts is written as it stands.
type walker struct {
	in    *bufio.Reader
	out   *bufio.Writer
	visit visitor
	alive func() error // the context's error
	steps int
}

const window = 1 << 20

func walk(ctx context.Context, r io.Reader, w io.Writer, l layout, v visitor) error {
	x := &walker{in: bufio.NewReaderSize(r, window), out: bufio.NewWriterSize(w, window), visit: v, alive: ctx.Err}
	var err error
	switch l.family {
	case Delimited:
		err = x.delimited(l)
	case JSON:
		err = (&jsonWalker{walker: x, lines: l.lines}).run()
	case XML:
		err = (&xmlWalker{walker: x}).run()
	case framed:
		err = x.frames(ctx)
	case SQL:
		err = (&sqlWalker{walker: x, columns: map[string][]string{}}).run()
	case Lines:
		err = x.textLines()
	default:
		err = fmt.Errorf("unknown family %q", l.family)
	}
	if err != nil {
		return err
	}
	return x.out.Flush()
}

// step looks now and then whether the work is to go on.
func (x *walker) step() error {
	const often = 256
	x.steps++
	if x.steps%often != 0 {
		return nil
	}
	return x.alive()
}

// put writes a text; a failure shows when the writer is flushed.
func (x *walker) put(s string) { _, _ = x.out.WriteString(s) }

func (x *walker) putByte(c byte) { _ = x.out.WriteByte(c) }

// line reads a line with its ending.
func (x *walker) line() (string, error) {
	if err := x.step(); err != nil {
		return "", err
	}
	var long []byte
	for {
		text, err := x.in.ReadSlice('\n')
		switch {
		case err == nil || errors.Is(err, io.EOF) && len(text)+len(long) > 0:
			return string(append(long, text...)), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case len(long)+len(text) > maxPiece:
			return "", errLong
		}
		long = append(long, text...)
	}
}

func (x *walker) textLines() error {
	for {
		line, err := x.line()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		x.put(x.visit.value(pathText, line))
	}
}

// frames walks messages with their length in front, and writes the new length.
func (x *walker) frames(ctx context.Context) error {
	for {
		head, err := x.in.ReadString(' ')
		if errors.Is(err, io.EOF) {
			x.put(x.visit.value(pathText, head))
			return nil
		}
		if err != nil {
			return err
		}
		size := 0
		if _, err := fmt.Sscanf(head, "%d ", &size); err != nil || size <= 0 || size > maxPiece {
			x.put(x.visit.value(pathText, head)) // whatever it is, it goes on without frames
			return (&xmlWalker{walker: x}).run()
		}
		message := make([]byte, size)
		n, err := io.ReadFull(x.in, message)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return err
		}
		var b bytes.Buffer
		if err := walk(ctx, bytes.NewReader(message[:n]), &b, layout{family: XML}, x.visit); err != nil {
			return err
		}
		x.put(itoa(b.Len()+size-n) + " ")
		x.put(b.String())
	}
}

// familyOf guesses how a file is built from its beginning.
func familyOf(h ingest.Head) layout {
	text := strings.TrimLeft(string(h.Bytes), " \t\r\n\ufeff")
	first, _, several := strings.Cut(text, "\n")
	first = strings.TrimSpace(first)
	switch {
	case regexp.MustCompile(`^\d{2,7} <\d{1,3}>`).MatchString(text):
		return layout{family: framed}
	case strings.HasPrefix(text, "<"):
		return layout{family: XML}
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return layout{family: JSON, lines: several && strings.HasPrefix(first, "{") && strings.HasSuffix(first, "}")}
	case isSQL(text):
		return layout{family: SQL}
	case strings.Contains(text, "<AuditMessage") || strings.Contains(text, "<?xml"):
		return layout{family: XML}
	}
	if comma := separatorOf(first); comma != 0 && !strings.Contains(first, `{"`) {
		return layout{family: Delimited, comma: comma}
	}
	if strings.Contains(text, `{"`) {
		return layout{family: JSON, lines: true}
	}
	return layout{family: Lines}
}

func isSQL(text string) bool {
	upper := strings.ToUpper(text)
	for _, start := range []string{"-- ", "--\n", "/*", "INSERT INTO", "CREATE TABLE", "REPLACE INTO", "SET ", "LOCK TABLES", "DROP TABLE"} {
		if strings.HasPrefix(upper, start) {
			return true
		}
	}
	return strings.Contains(upper, "\nINSERT INTO ") || strings.Contains(upper, "\nCREATE TABLE ")
}
