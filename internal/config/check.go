package config

import (
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a zone must not depend on what is installed

	"golang.org/x/text/encoding/htmlindex"
)

// check looks at the meaning of the values.
func (l *loader) check(c Config) {
	l.checkSlug("site", c.Site)
	l.checkPath("data_dir", c.DataDir)
	if c.DataDir == "" {
		l.about("data_dir", "there is no home directory to put the data into; name a directory")
	}
	l.checkZone("timezone", c.Timezone)
	l.checkSources(c.Sources)
	l.checkPractice(c.Practice)
	l.checkPath("rules.dir", c.Rules.Dir)
	for i, v := range c.Rules.Values {
		if v.Layer != "" {
			l.checkWord(indexed("rules.values", i)+".layer", v.Layer, "profile", "site")
		}
	}
	l.checkMemory("review.memory_limit", c.Review.MemoryLimit)
	l.checkStore(c.Store)
	l.checkKey(c.Key)
	if c.Limits.Ratio < 1 {
		l.about("limits.ratio", "it must be at least 1")
	}
	if c.Limits.Entries < 1 {
		l.about("limits.entries", "it must be at least 1")
	}
	if r := c.Limits.RejectRatio; math.IsNaN(r) || r < 0 || r > 1 {
		l.about("limits.reject_ratio", "it must be between 0 and 1; 0.05 means five in a hundred")
	}
	l.checkServe(c)
	l.checkWord("log.level", c.Log.Level, "debug", "info", "warn", "error")
	l.checkWord("log.format", c.Log.Format, "text", "json")
}

// checkPractice looks at the settings; what the entries mean is checked by whoever
// reads them.
func (l *loader) checkPractice(p Practice) {
	l.checkWord("practice.holidays", p.Holidays, HolidaysUS, HolidaysNone)
	for key, d := range map[string]time.Duration{"practice.hours_margin": p.HoursMargin, "practice.shift_margin": p.ShiftMargin} {
		if d < 0 || d > 12*time.Hour {
			l.about(key, "it must be between 0 and 12h")
		}
	}
}

func (l *loader) checkMemory(key, amount string) {
	if !regexp.MustCompile(`^[1-9]\d*(\.\d+)? ?([KMGT]i?B)$`).MatchString(amount) {
		l.about(key, "%q is not an amount of memory; write for example 800MB or 2GB", amount)
	}
}

func (l *loader) checkStore(s Store) {
	l.checkMemory("store.memory_limit", s.MemoryLimit)
	if s.Threads < 0 || s.Threads > 1024 {
		l.about("store.threads", "it must be between 1 and 1024, or 0 for all")
	}
	if s.Wait < 0 {
		l.about("store.wait", "it must not be negative")
	}
}

func (l *loader) checkKey(k Key) {
	l.checkPath("key.file", k.File)
	l.checkWord("key.store", k.Store, KeyInFile, KeyInKeyring)
	if k.File != "" && k.Store == KeyInKeyring {
		l.about("key.file", "a key file and `store: keyring` exclude each other")
	}
	for i, r := range k.Recipients {
		key := indexed("key.recipients", i)
		switch {
		case strings.HasPrefix(strings.ToUpper(r), "AGE-SECRET-KEY-"):
			l.about(key, "this is a secret key; it must not be in a configuration; put its recipient here, which starts with age1")
		case !strings.HasPrefix(r, "age1"):
			l.about(key, "an age recipient starts with age1")
		}
	}
}

func (l *loader) checkSources(sources []Source) {
	names := map[string]bool{}
	for i, s := range sources {
		key := indexed("sources", i) + "."
		l.checkSlug(key+"name", s.Name)
		if names[s.Name] && s.Name != "" {
			l.about(key+"name", "there is another source with the name %q", s.Name)
		}
		names[s.Name] = true
		if _, err := path.Match(s.Match, "x"); err != nil {
			l.about(key+"match", "%q is not a pattern; write for example audit-*.csv", s.Match)
		}
		if strings.ContainsAny(s.Match, "/") {
			l.about(key+"match", "it is compared with the name of a file, without folders")
		}
		if s.Parser != "" && !slug(s.Parser) {
			l.about(key+"parser", "%q cannot be the name of a parser", s.Parser)
		}
		l.checkZone(key+"timezone", s.Timezone)
		l.checkPath(key+"mapping", s.Mapping)
		if _, err := htmlindex.Get(s.Encoding); s.Encoding != "" && err != nil {
			l.about(key+"encoding", "unknown text encoding %q; write for example utf-8 or windows-1252", s.Encoding)
		}
		l.checkWord(key+"expect", s.Expect, ExpectDaily, ExpectWeekdays, ExpectNone)
		from, until := l.checkDay(key+"from", s.From), l.checkDay(key+"until", s.Until)
		if !from.IsZero() && !until.IsZero() && until.Before(from) {
			l.about(key+"until", "it is before `from`")
		}
	}
}

func (l *loader) checkDay(key, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		l.about(key, "%q is not a day; write it as 2025-01-31", text)
	}
	return day
}

// checkZone refuses abbreviations as well: EST is a zone without daylight-saving
// time, so that half of the year's times would be wrong without a word.
func (l *loader) checkZone(key, name string) {
	if name == "" || name == "UTC" {
		return
	}
	if !strings.Contains(name, "/") {
		l.about(key, "%q is not the name of a time zone; name a place, such as America/New_York or America/Chicago", name)
		return
	}
	if _, err := time.LoadLocation(name); err != nil {
		l.about(key, "unknown time zone %q; use a name of the IANA database, such as America/New_York or America/Chicago", name)
	}
}

// checkSlug makes sure that a name is fit for a label, a path and a URL.
func (l *loader) checkSlug(key, text string) {
	switch {
	case text == "":
		l.about(key, "it is missing")
	case !slug(text):
		l.about(key, "%q must consist of lower-case letters, digits and hyphens, 63 at most", text)
	}
}

func slug(text string) bool {
	return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`).MatchString(text)
}

func (l *loader) checkWord(key, word string, words ...string) {
	if slices.Contains(words, word) {
		return
	}
	list := strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	l.about(key, "%q should be %s", word, list)
}

// checkPath refuses what only a shell understands.
func (l *loader) checkPath(key, text string) {
	if strings.HasPrefix(text, "~") {
		l.about(key, "~ is not supported; write the whole path")
	}
}
