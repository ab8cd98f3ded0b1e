package world

import "strings"

func firstNames() []string {
	return []string{
		"Abel", "Ada", "Adele", "Ahmed", "Aileen", "Alan", "Alicia", "Amos", "Andrea", "Anton", "Arlo", "Aya", "Basil", "Beatriz", "Bernard",
		"Bruno", "Camille", "Cecil", "Celia", "Clara", "Conrad", "Daphne", "Darius", "Deepak", "Delia", "Dora", "Edgar", "Eliza", "Emil",
		"Enid", "Esther", "Ezra", "Faye", "Felix", "Flora", "Gemma", "Gideon", "Greta", "Hana", "Hector", "Helga", "Ida", "Imran", "Ira",
		"Ivan", "Ivy", "Jonas", "Josie", "Judith", "Kamal", "Kirsten", "Lars", "Leah", "Lena", "Lionel", "Lola", "Luca", "Magda", "Maja",
		"Marco", "Mavis", "Milo", "Mira", "Moses", "Nell", "Nico", "Nora", "Odette", "Olive", "Omar", "Oscar", "Paula", "Perry", "Petra",
		"Philip", "Quinn", "Rafael", "Rita", "Rohan", "Roy", "Selma", "Seth", "Silas", "Simone", "Sven", "Tamar", "Tessa", "Theo", "Tobias",
		"Uma", "Valerie", "Vikram", "Walter", "Wendy", "Xavier", "Yara", "Yosef", "Zelda", "Zora",
	}
}

// commonNames are surnames that many patients share, the most frequent first.
func commonNames() []string {
	return []string{
		"Smith", "Johnson", "Garcia", "Miller", "Davis", "Nguyen", "Martinez", "Wilson", "Anderson", "Thomas", "Moore", "Jackson", "Lee",
		"Perez", "Thompson", "White", "Harris", "Clark", "Lewis", "Robinson", "Walker", "Young", "Allen", "King", "Wright", "Torres",
		"Hill", "Green", "Adams", "Nelson",
	}
}

// rareName builds the n-th surname of those that few share.
func rareName(n int) string {
	heads := []string{
		"Ald", "Bar", "Bren", "Cal", "Cor", "Dun", "Els", "Fen", "Gar", "Hal", "Har", "Ing", "Jar", "Kel", "Kor", "Lan", "Mar", "Mor", "Nar",
		"Nor", "Ost", "Pel", "Per", "Quar", "Ren", "Sal", "Ster", "Tal", "Thor", "Ul", "Var", "Ves", "Wal", "Win", "Yar", "Zan",
	}
	middles := []string{"", "a", "en", "i", "o", "er", "an", "el"}
	tails := []string{
		"berg", "by", "cott", "dale", "den", "dini", "dorf", "field", "ford", "gard", "ham", "ic", "kov", "land", "ley", "lund", "mann", "mere",
		"nak", "oğlu", "quist", "rell", "rick", "sen", "shaw", "stad", "stone", "ton", "vale", "ville", "wald", "well", "wick", "wood", "worth", "zzi",
	}
	head, rest := heads[n%len(heads)], n/len(heads)
	tail := tails[(rest+n)%len(tails)]
	return head + middles[(rest/len(tails)+n/7)%len(middles)] + tail
}

// surname draws a surname: two in five from the common ones, the front of the list
// more often.
func surname(d dice) (name string, rare bool) {
	if common := commonNames(); d.chance(40) {
		return common[min(d.upTo(len(common)), d.upTo(len(common)))], false
	}
	return rareName(d.upTo(2200)), true
}

func streets() []string {
	return []string{
		"Acorn Way", "Alder Street", "Bay Road", "Beacon Street", "Brook Lane", "Center Street", "Church Road", "Clover Court", "Creek Road",
		"Dogwood Drive", "East Avenue", "Elm Street", "Ferry Road", "Forest Lane", "Grove Street", "Highland Avenue", "Hollow Road",
		"Jefferson Street", "Kiln Lane", "Lake Drive", "Linden Street", "Locust Avenue", "Mill Road", "Oak Street", "Orchard Road",
		"Park Avenue", "Pine Street", "Pleasant Street", "Pond Lane", "Ridge Road", "Sunset Drive", "Union Street", "Valley Road",
		"Vine Street", "Walnut Street", "Water Street", "West Avenue", "Woodland Drive",
	}
}

func towns() []string {
	return []string{"Millbrook 04231", "Eastfield 04233", "Harborton 04237", "Stony Point 04240"}
}

// account makes an account name: the first letter and the surname, in plain letters.
func account(first, last string) string {
	plain := strings.NewReplacer("ğ", "g", "ñ", "n", "é", "e", "'", "", "-", "", " ", "").Replace(strings.ToLower(last))
	return strings.ToLower(first[:1]) + plain
}
