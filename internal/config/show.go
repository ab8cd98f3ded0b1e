package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// redacted stands for what may name a person or a practice.
const redacted = "[redacted]"

// Show returns the effective configuration as YAML. A comment behind each value
// tells where it comes from and which variable sets it. Redacted, it is fit to be
// sent to a stranger: paths, patterns and recipients are left out.
func Show(l Loaded, redact bool) string {
	if redact {
		l = withoutNames(l)
	}
	var b strings.Builder
	if l.File == "" {
		b.WriteString("# no configuration file\n")
	} else {
		fmt.Fprintf(&b, "# file: %s\n", l.File)
	}
	_, byKey := dotted("", settingsOf(l.Config))
	writeSettings(&b, "", "", reflect.ValueOf(l.Config), func(key string) string {
		from := l.Origin[key]
		if from == originDefault && byKey[key].kind != kindRecords {
			return from + ", " + variable(key)
		}
		return from
	})
	return b.String()
}

// withoutNames replaces everything that a person has named.
func withoutNames(l Loaded) Loaded {
	hide := func(s *string) {
		if *s != "" {
			*s = redacted
		}
	}
	if l.File != "" {
		l.File = filepath.Join(redacted, filepath.Base(l.File))
	}
	c := &l.Config
	hide(&c.DataDir)
	hide(&c.Key.File)
	hide(&c.Rules.Dir)
	c.Rules.Values = append([]RuleValue(nil), c.Rules.Values...)
	for i := range c.Rules.Values {
		hide(&c.Rules.Values[i].Reason)
	}
	hidePractice(reflect.ValueOf(&c.Practice).Elem(), hide)
	c.Sources = append([]Source(nil), c.Sources...)
	for i := range c.Sources {
		hide(&c.Sources[i].Match)
		hide(&c.Sources[i].Mapping)
	}
	m, n := &c.Metrics, &c.Notify
	for _, text := range []*string{
		&c.Drop.Dir, &m.TextFile, &m.TLSCert, &m.TLSKey, &m.TokenFile, &n.Link, &n.Mail.Server, &n.Mail.User, &n.Mail.PasswordFile, &n.Mail.From, &n.Mail.CAFile,
		&n.Webhook.URL, &n.Webhook.SecretFile, &n.Webhook.CAFile,
	} {
		hide(text)
	}
	for _, list := range []*[]string{&c.Key.Recipients, &c.Schedule.Paths, &c.Sites, &n.Mail.To} {
		*list = slices.Clone(*list)
		for i := range *list {
			hide(&(*list)[i])
		}
	}
	return l
}

// hidePractice hides the practice's name and all that its entries say.
func hidePractice(v reflect.Value, hide func(*string)) {
	for f, value := range v.Fields() {
		switch {
		case f.Name == "Name":
			text := value.String()
			hide(&text)
			value.SetString(text)
		case value.Kind() == reflect.Slice && value.Len() > 0:
			hidden := reflect.MakeSlice(value.Type(), value.Len(), value.Len())
			for i := range value.Len() {
				for j := range hidden.Index(i).NumField() {
					text := value.Index(i).Field(j).String()
					hide(&text)
					hidden.Index(i).Field(j).SetString(text)
				}
			}
			value.Set(hidden)
		}
	}
}

// writeSettings writes the fields of a struct. Origin is nil within lists.
func writeSettings(b *strings.Builder, prefix, indent string, v reflect.Value, origin func(key string) string) {
	for f, value := range v.Fields() {
		name := f.Tag.Get("mapstructure")
		comment := ""
		if origin != nil && value.Kind() != reflect.Struct {
			comment = " # " + origin(prefix+name)
		}
		switch {
		case value.Kind() == reflect.Struct:
			fmt.Fprintf(b, "%s%s:\n", indent, name)
			writeSettings(b, prefix+name+".", indent+"  ", value, origin)
		case value.Kind() == reflect.Slice && value.Len() > 0:
			fmt.Fprintf(b, "%s%s:%s\n", indent, name, comment)
			for i := range value.Len() {
				writeItem(b, indent+"  ", value.Index(i))
			}
		default:
			fmt.Fprintf(b, "%s%s: %s%s\n", indent, name, scalar(value), comment)
		}
	}
}

// writeItem writes an item of a list: a text, or a struct whose first line
// begins with the hyphen.
func writeItem(b *strings.Builder, indent string, v reflect.Value) {
	if v.Kind() != reflect.Struct {
		fmt.Fprintf(b, "%s- %s\n", indent, scalar(v))
		return
	}
	var item strings.Builder
	writeSettings(&item, "", indent+"  ", v, nil)
	b.WriteString(indent + "- " + strings.TrimPrefix(item.String(), indent+"  "))
}

func scalar(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Duration:
		return value.String()
	case string:
		return strconv.Quote(value)
	case []string, []Source:
		return "[]"
	default:
		return fmt.Sprint(value)
	}
}
