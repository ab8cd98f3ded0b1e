package cli

// CheckSpace is the status that doctor gives to a disk.
func CheckSpace(free, size int64) string { return checkSpace(free, size).Status }
