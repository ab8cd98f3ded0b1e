package access

// NameKey is the key by which names are compared.
func NameKey(name string) string { return nameKey(name) }

// Similar reports whether two names may be of one person.
func Similar(a, b string) bool { return similar(nameKey(a), nameKey(b)) }
