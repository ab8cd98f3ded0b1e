package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/rules/models"
)

// schemaVersion is the newest format of rule files that this program reads.
const schemaVersion = 1

func idPattern() *regexp.Regexp {
	return regexp.MustCompile(`^(core\.[a-z][a-z0-9-]*|(site|msp\.[a-z0-9-]+)(\.[a-z][a-z0-9-]*)?)\.[a-z][a-z0-9-]*$`)
}

func namePattern() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]*$`) }

func citePattern() *regexp.Regexp {
	return regexp.MustCompile(`^(16\d\.\d{3}(\([A-Za-z0-9]+\))*|42 CFR (Part 2|2\.\d+(\([A-Za-z0-9]+\))*))$`)
}

// Check returns everything that is wrong with a rule and can be seen without a
// database. It compiles the shorthands match and threshold to SQL.
func Check(rule *Rule) []Problem {
	c := &checker{report{rule: rule}}
	c.head()
	c.words()
	c.requires()
	c.contract()
	c.body()
	c.params()
	c.score()
	c.tests()
	return c.problems
}

type checker struct{ report }

// checkPack checks that the rule belongs to the set that it lies in.
func checkPack(rule *Rule, pack string) []Problem {
	r := &report{rule: rule}
	first, _, _ := strings.Cut(rule.ID, ".")
	switch {
	case pack == "" && first == CorePack:
		r.at("id", "ids that begin with core belong to the rules of the program; begin it with site")
	case pack != "" && first != pack:
		r.at("id", "ids in this place begin with %s", pack)
	}
	if name := rule.ID[strings.LastIndexByte(rule.ID, '.')+1:]; path.Base(rule.File) != name+".yaml" {
		r.at("id", "the file has to be called %s.yaml, like the last part of the id", name)
	}
	return r.problems
}

// checkSet checks what rules say about each other.
func checkSet(all []Rule, known []string) []Problem {
	var problems []Problem
	files := map[string]string{}
	for i := range all {
		r := &report{rule: &all[i]}
		id := all[i].ID
		if first, ok := files[id]; ok && id != "" {
			r.at("id", "the id is that of the rule in %s too", first)
		} else {
			files[id] = all[i].File
		}
		problems = append(problems, r.problems...)
	}
	for i := range all {
		r := &report{rule: &all[i]}
		exists := func(key, id string) {
			if _, ok := files[id]; !ok && !slices.Contains(known, id) {
				r.at(key, "there is no rule with the id %s", id)
			} else if id == all[i].ID {
				r.at(key, "a rule cannot name itself here")
			}
		}
		for _, x := range all[i].Related {
			exists("related", x.ID)
		}
		for _, id := range all[i].Covers {
			exists("covers", id)
		}
		problems = append(problems, r.problems...)
	}
	return problems
}

// head checks the fields that say what the rule is.
func (c *checker) head() {
	r := c.rule
	if r.Schema != schemaVersion {
		c.at("schema", "schema has to be %d; a higher number needs a newer version of chartwatch", schemaVersion)
	}
	if !idPattern().MatchString(r.ID) {
		c.at("id", "an id is pack.category.name or, of a site, pack.name in lower case, such as site.night-export")
	} else {
		parts := strings.Split(r.ID, ".")
		if word := categoryWord(r.Category); word != "" && strings.HasPrefix(r.ID, CorePack+".") && parts[len(parts)-2] != word {
			c.at("id", "rules of the category %s have %s before the name", r.Category, word)
		}
	}
	if r.Version < 1 {
		c.at("version", "version has to be 1 or more")
	}
	c.oneOf("status", string(r.Status), string(Experimental), string(Testing), string(Stable), string(Deprecated), string(Unsupported))
	c.oneOf("category", string(r.Category), texts(Categories())...)
	c.oneOf("confidence", r.Confidence, "low", "medium", "high")
	if c.oneOf("level", string(r.Level), texts(Levels())...) {
		c.band()
	}
	for i, h := range r.HIPAA {
		if !citePattern().MatchString(h.Cite) {
			c.at(index("hipaa", i), "a citation is a paragraph such as 164.312(b)")
		}
		if h.Why == "" {
			c.at(index("hipaa", i), "why is missing")
		}
	}
}

// band checks the risk against the level.
func (c *checker) band() {
	r := c.rule
	switch {
	case r.Risk < 0 || r.Risk > 100:
		c.at("risk", "risk is a number from 0 to 100")
	case r.Level == Info && r.Risk > 10:
		c.at("risk", "the risk of level info is 0 to 10")
	case r.Level != Info && LevelOf(r.Risk) != r.Level:
		c.at("risk", "a risk of %d belongs to level %s, not %s (low up to 21, medium up to 47, high up to 73)", r.Risk, LevelOf(r.Risk), r.Level)
	}
	if r.Level == Info {
		return
	}
	c.need("hipaa", len(r.HIPAA) > 0)
	c.need("false_positives", len(r.FalsePositives) > 0)
	c.need("next_steps", len(r.NextSteps) > 0)
}

// categoryWord is the middle part of the ids of a category.
func categoryWord(c Category) string {
	switch c {
	case SharedAccount:
		return "shared"
	case RoleAccess:
		return "role"
	case OffHours:
		return "hours"
	case Snooping:
		return "snoop"
	case AccountLifecycle:
		return "account"
	case BreakGlass:
		return "glass"
	case LogTrust:
		return "log"
	case CrossSite:
		return "cross"
	case Bulk, Login, Privilege, Baseline, Integrity:
		return string(c)
	}
	return ""
}

// requires checks what the rule asks of the data.
func (c *checker) requires() {
	r := c.rule
	events, _ := models.ByName("events")
	for _, name := range sortedKeys(r.Requires.Events) {
		key := "requires.events." + name
		if _, ok := events.Column(name); !ok && !models.HasShare(name) {
			c.at(key, "model events has no column %q", name)
		}
		if share := r.Requires.Events[name]; share < 0 || share > 1 {
			c.at(key, "a share is a number from 0 to 1")
		}
	}
	for i, name := range r.Requires.Models {
		if _, ok := models.ByName(name); !ok {
			c.at(index("requires.models", i), "there is no model %q", name)
		}
	}
	for i, action := range r.Requires.Actions {
		if !slices.Contains(models.Actions(), action) {
			c.at(index("requires.actions", i), "there is no action %q", action)
		}
	}
	for key, n := range map[string]int{
		"requires.history_days": r.Requires.HistoryDays, "learning.site_days": r.Learning.SiteDays, "learning.user_days": r.Learning.UserDays,
	} {
		if n < 0 || n > 3650 {
			c.at(key, "%s is a number of days from 0 to 3650", key)
		}
	}
}

// contract checks what the rows are and how they become findings.
func (c *checker) contract() {
	r := c.rule
	c.oneOf("schedule.period", string(r.Schedule.Period), string(PeriodDay), string(PeriodWeek), string(PeriodQuarter), string(PeriodOnce))
	c.oneOf("emit", string(r.Emit), string(EmitEvents), string(EmitIntervals))
	c.oneOf("subject.type", string(r.Subject.Type),
		string(SubjectPerson), string(SubjectAccount), string(SubjectPatient), string(SubjectSource), string(SubjectLocation))
	c.need("group", len(r.Group) > 0)
	c.need("subject.id", r.Subject.ID != "")
	c.columns("group", r.Group)
	c.columns("evidence", r.Evidence)
	if slices.Contains(r.Group, "site") {
		c.at("group", "site is always part of the group and is not written")
	}
}

func (c *checker) columns(key string, names []string) {
	for i, name := range names {
		switch {
		case !namePattern().MatchString(name):
			c.at(index(key, i), "%q is not a column's name", name)
		case slices.Contains(names[:i], name):
			c.at(index(key, i), "%q is there twice", name)
		}
	}
}

// oneOf checks a word of a closed set.
func (c *checker) oneOf(key, word string, words ...string) bool {
	switch near := closest(word, words); {
	case slices.Contains(words, word):
		return true
	case word == "":
		c.at(key, "%s is missing; it is one of %s", key, strings.Join(words, ", "))
	case near != "":
		c.at(key, "%s: there is no %q; did you mean %q?", key, word, near)
	default:
		c.at(key, "%s: there is no %q; it is one of %s", key, word, strings.Join(words, ", "))
	}
	return false
}

func (c *checker) need(key string, there bool) {
	if !there {
		c.at(key, "%s is missing", key)
	}
}
