package model

// The names that the tests of package model_test need.
type DerivedInput = derivedInput

var (
	BuildDerived = buildDerived
	UsualWindows = usualWindows
	NetworkOf    = networkOf
)
