package store_test

import "testing"

// Who may read a file is not in its mode on this system.
func wantModes(*testing.T, string) {}
