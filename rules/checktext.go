package rules

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxTitle = 120
	maxWords = 4000
)

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, x := range list {
		all[i] = string(x)
	}
	return all
}

func index(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// bannedWords are what no text of a rule may say: whether somebody broke a rule
// is for a person to decide.
func bannedWords() *regexp.Regexp { return regexp.MustCompile(`(?i)\b(violat|breach|guilt)[a-z]*`) }

// words checks every text that a person will read.
func (c *checker) words() {
	r := c.rule
	c.need("title", r.Title != "")
	c.need("description", r.Description != "")
	c.need("explain", r.Explain != "")
	if len(r.Title) > maxTitle || strings.HasSuffix(r.Title, ".") {
		c.at("title", "the title has at most %d letters and no full stop", maxTitle)
	}
	for key, text := range r.texts() {
		if word := bannedWords().FindString(text); word != "" {
			c.at(key, "the text says %q; a finding is what the records do not explain, never a judgement", word)
		}
		if strings.TrimSpace(text) == "" {
			c.at(key, "the text is empty")
		}
		if len(text) > maxWords {
			c.at(key, "the text is longer than %d letters", maxWords)
		}
	}
	c.template("explain", r.Explain)
	for i, q := range r.Questions {
		c.template(index("questions", i), q)
	}
	for i, step := range r.NextSteps {
		c.template(index("next_steps", i), step)
	}
}

// template checks the placeholders that need no knowledge of the rows.
func (c *checker) template(key, text string) {
	parts, err := ParseText(text)
	if err != nil {
		c.at(key, "%v", err)
		return
	}
	for _, p := range parts {
		if p.Word == "param" && !slices.ContainsFunc(c.rule.Params, func(x Param) bool { return x.Name == p.Argument }) {
			c.at(key, "{{param %s}}: there is no such parameter", p.Argument)
		}
	}
}

// texts calls yield with every text of the rule that a person will read.
func (r *Rule) texts() func(yield func(key, text string) bool) {
	type entry struct{ key, text string }
	all := []entry{{"title", r.Title}, {"description", r.Description}, {"explain", r.Explain}}
	if r.WhyItMatters != "" {
		all = append(all, entry{"why_it_matters", r.WhyItMatters})
	}
	lists := []struct {
		key  string
		list []string
	}{
		{"false_positives", r.FalsePositives}, {"blind_spots", r.BlindSpots}, {"next_steps", r.NextSteps}, {"questions", r.Questions},
	}
	for _, l := range lists {
		for i, text := range l.list {
			all = append(all, entry{index(l.key, i), text})
		}
	}
	for i, s := range r.Score {
		all = append(all, entry{index("score", i) + ".because", s.Because})
	}
	for i, h := range r.HIPAA {
		all = append(all, entry{index("hipaa", i) + ".why", h.Why})
	}
	for _, p := range r.Params {
		if p.Why != "" {
			all = append(all, entry{"params." + p.Name + ".why", p.Why})
		}
	}
	return func(yield func(key, text string) bool) {
		for _, e := range all {
			if !yield(e.key, e.text) {
				return
			}
		}
	}
}
