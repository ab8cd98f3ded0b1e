package drop

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// marker is what is put behind the name of a file to say that it is complete.
	marker = ".done"
	// reason is what is put behind the name of a file for the note that says why it
	// could not be imported.
	reason = ".reason.txt"
	// longestName is the number of bytes that every usual file system allows.
	longestName = 255
	// longestPath is the number of bytes of a relative name that programs can open.
	longestPath = 1000
	// longestExtension is the number of bytes of what is taken for an extension.
	longestExtension = 16
)

// kind says how a name is treated.
type kind int

const (
	export     kind = iota // to be imported
	unfinished             // somebody is still writing it and will rename it
	marking                // says that the file beside it is complete
	ignored                // none of our business
)

// kindOf says how a file of that name is treated.
func kindOf(base string) kind {
	lower := strings.ToLower(base)
	switch {
	case strings.HasPrefix(lower, "."), strings.HasPrefix(lower, "~$"), strings.HasSuffix(lower, reason), lower == "thumbs.db", lower == "desktop.ini":
		return ignored
	case strings.HasSuffix(lower, marker):
		return marking
	}
	for _, suffix := range []string{".part", ".partial", ".tmp", ".crdownload", ".filepart", ".download"} {
		if strings.HasSuffix(lower, suffix) {
			return unfinished
		}
	}
	return export
}

// kindOfFile says how a file is treated. A marker is empty: what has something in it was
// exported.
func kindOfFile(base string, info fs.FileInfo) kind {
	if k := kindOf(base); k != marking || !info.Mode().IsRegular() || info.Size() == 0 {
		return k
	}
	return export
}

// passed reports whether a folder of that name is not looked into: it is hidden, or
// a system keeps there what people have deleted.
func passed(base string) bool {
	switch strings.ToLower(base) {
	case "$recycle.bin", "#recycle", "@eadir", "system volume information", "lost+found":
		return true
	}
	return kindOf(base) == ignored
}

// split returns a name without its extension, and the extension. That of a packed
// file includes what it was before.
func split(base string) (stem, ext string) {
	stem, ext = cutExtension(base)
	switch strings.ToLower(ext) {
	case ".gz", ".bz2", ".xz", ".zst":
		inner, more := cutExtension(stem)
		stem, ext = inner, more+ext
	}
	return stem, ext
}

func cutExtension(base string) (stem, ext string) {
	ext = path.Ext(base)
	if len(ext) == len(base) || len(ext) < 2 || len(ext) > longestExtension || strings.Contains(ext, " ") {
		ext = ""
	}
	return strings.TrimSuffix(base, ext), ext
}

// numbered returns the name for the n-th file of that name, so short that as many
// bytes as reserved can be put behind it.
func numbered(base string, n, reserved int) string {
	stem, ext := split(base)
	number := ""
	if n > 1 {
		number = "-" + strconv.Itoa(n)
	}
	if room := longestName - reserved - len(number) - len(ext); len(stem) > room {
		for room > 0 && !utf8.RuneStart(stem[room]) {
			room--
		}
		stem = stem[:room]
		if trimmed := strings.TrimRight(stem, " ."); ext == "" && trimmed != "" {
			stem = trimmed // Windows allows neither at the end
		}
	}
	return stem + number + ext
}
