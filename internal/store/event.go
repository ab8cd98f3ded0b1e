package store

import "fmt"

// Import returns the import that an event's number belongs to.
func Import(event int64) int64 { return event >> 32 }

// EventName is the name of an event outside the database: the beginning of its
// file's SHA-256, the import and the event's place in it.
func EventName(sha256 string, event int64) string {
	if len(sha256) > 12 {
		sha256 = sha256[:12]
	}
	return fmt.Sprintf("%s-%d-%d", sha256, Import(event), event&0xffffffff)
}
