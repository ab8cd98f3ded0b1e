package fhiraudit

// ShapeOf returns the name of the shape of the first resource of a JSON text.
func ShapeOf(text string) string {
	var r reader
	r.readJSON(text)
	return [...]string{"r4", "dstu2", "stu3", "r5", "r6"}[r.shapeOf(r.get(1, fResource))]
}
