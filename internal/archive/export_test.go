package archive

import "os"

// FailAfter makes the archive's temporary files fail with err after n bytes.
func FailAfter(a *Archive, n int, err error) {
	a.create = func(dir, pattern string) (file, error) {
		f, openErr := os.CreateTemp(dir, pattern)
		return &failingFile{File: f, left: n, err: err}, openErr
	}
}

type failingFile struct {
	*os.File
	left int
	err  error
}

func (f *failingFile) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n, _ := f.File.Write(p[:f.left])
		f.left = 0
		return n, f.err
	}
	f.left -= len(p)
	return f.File.Write(p)
}
