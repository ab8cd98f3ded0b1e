package drop

import (
	"errors"
	"os"
	"strings"
)

// note is what a person reads beside a file that could not be imported.
func note(why, hint string) string {
	var b strings.Builder
	b.WriteString("This file was not imported. Nothing in it was changed.\n")
	for _, part := range []struct{ title, text string }{{"What happened", why}, {"What to do", hint}} {
		if text := strings.TrimSpace(part.text); text != "" {
			b.WriteString("\n" + part.title + ":\n" + text + "\n")
		}
	}
	b.WriteString("\nTo try again: put the file, without this note, into the drop folder once more.\n" +
		"If the file is of no use, delete it together with this note.\n")
	return b.String()
}

// write writes a new file whole or not at all.
func write(root *os.Root, name, text string) error {
	w, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = w.WriteString(text)
	if err = errors.Join(err, w.Close()); err != nil {
		return errors.Join(err, root.Remove(name))
	}
	return nil
}
