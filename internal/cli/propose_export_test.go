package cli

import (
	"io"

	"github.com/chartwatch/chartwatch/ingest/delimited/propose"
)

// Ask puts a question as the terminal does.
func Ask(in io.Reader, out io.Writer, q propose.Question) (propose.Answer, bool) {
	return newAsker(in, out)(q)
}
