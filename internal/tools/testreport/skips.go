package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// permit is one permitted skip: as long as a path does not exist, a test may be
// skipped with a message.
type permit struct{ absent, message string }

// parsePermits reads lines of three parts: the path that must be absent, the
// message, and the reason for which a person let it through. A line that begins
// with # is a comment.
func parsePermits(text string) ([]permit, error) {
	var list []permit
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 3 {
			return nil, fmt.Errorf("line %d: want \"path that is absent | message | reason\"", number)
		}
		for i := range parts {
			if parts[i] = strings.TrimSpace(parts[i]); parts[i] == "" {
				return nil, fmt.Errorf("line %d: part %d is empty", number, i+1)
			}
		}
		list = append(list, permit{absent: parts[0], message: parts[1]})
	}
	return list, nil
}

// isPermitted reports whether a test that printed output may have been skipped.
func isPermitted(list []permit, root, output string) bool {
	for _, p := range list {
		if !strings.Contains(output, p.message) {
			continue
		}
		path := filepath.FromSlash(p.absent)
		if !filepath.IsAbs(path) {
			path = filepath.Join(root, path)
		}
		if _, err := os.Stat(path); os.IsNotExist(err) {
			return true
		}
	}
	return false
}
