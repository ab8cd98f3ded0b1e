package intake

// What tests look at from inside.
var RollUp = rollUp
