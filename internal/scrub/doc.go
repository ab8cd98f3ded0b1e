// Package scrub turns a real export into a sample of the same shape that holds
// no patient data, so that a practice can report a problem with a format.
//
// The rule is to replace, and to keep only what is known to be harmless. A text
// is cut into words, numbers, dates, addresses and the punctuation between
// them. Punctuation stays, and so do the words of a fixed list (words.txt: names
// of columns, elements and tables, actions, kinds of records), but a word of the
// list goes as well where it stands in a column of names and ids, or where it
// is part of a person's name in a text. Everything else is replaced, letter by letter and digit by digit, by
// what a keyed hash makes of it: the same word becomes the same word in all
// files of a run. The key is random, and nothing keeps it. Dates move by one
// number of whole weeks, so that the weekday, the time of day and the distance
// of two events stay; dates of birth move each by a number of its own.
//
// A run reads each file three times. First its parser, if one accepts it, says
// which texts identify somebody; then the walkers (delimited, JSON, XML, SQL,
// lines) find out which fields hold these texts; then the copy is written. Before
// a copy gets its name, it is read again: no word of an identifying text may be
// in it, and the parser must find the same records in it as in the original.
//
// The package refuses to publish a copy that fails one of these checks, to keep
// anything of its own, to name files after the original, and to quote contents
// in errors. It does not promise that checksums in the file still hold, nor that
// two short values do not become the same, and it does not hide how many records
// there are, how long values are, and when people work.
package scrub
