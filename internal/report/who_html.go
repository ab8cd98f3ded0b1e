package report

import (
	"io"

	"github.com/chartwatch/chartwatch/internal/access"
)

// WhoHTML writes an answer as one self-contained page. It is the accessible
// original of the printed form.
func WhoHTML(w io.Writer, a access.Answer, h Letterhead) error {
	return writePage(w, "who.html", viewWho(a, h))
}
