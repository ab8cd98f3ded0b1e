package drop

// Refuse is what is said of a file that could not be moved.
func (f *Folder) Refuse(err error) error { return f.refuse(&entry{}, err) }
