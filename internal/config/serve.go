package config

import (
	"net"
	"net/mail"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Schedule says when the program works by itself. Days and times are those of
// the practice's zone.
type Schedule struct {
	// Review is the weekday and time of the weekly review, as "mon 06:00": the first
	// such moment after the end of a week is when that week is due.
	Review string `mapstructure:"review" yaml:"review"`
	// Ingest is the time of day at which the paths are imported, as "05:00".
	Ingest string `mapstructure:"ingest" yaml:"ingest"`
	// Paths are files and folders that are imported where they lie, daily.
	Paths []string `mapstructure:"paths" yaml:"paths"`
	// SilentAfter is for how long a source may have no event, on days on which it
	// is expected to have some.
	SilentAfter time.Duration `mapstructure:"silent_after" yaml:"silent_after"`
}

// Drop is the folder whose files are imported as they arrive.
type Drop struct {
	// Dir is the folder, or empty for none.
	Dir string `mapstructure:"dir" yaml:"dir"`
	// Every is how often it is looked at. A file is taken when it has not changed
	// from one look to the next.
	Every time.Duration `mapstructure:"every" yaml:"every"`
	// Patience is for how long a file may keep changing before a person is told.
	Patience time.Duration `mapstructure:"patience" yaml:"patience"`
	// Keep is for how long imported files stay in the folder done. Their originals
	// are in the archive, sealed.
	Keep time.Duration `mapstructure:"keep" yaml:"keep"`
}

// Metrics says how the program shows its own health.
type Metrics struct {
	// Listen is the address of /metrics, or an empty text ("") for none.
	Listen string `mapstructure:"listen" yaml:"listen"`
	// TextFile is a file for the textfile collector of an exporter, or empty.
	TextFile string `mapstructure:"textfile" yaml:"textfile"`
	// MinCount is the smallest number of findings that is shown for a single rule;
	// smaller ones are added up under one name.
	MinCount int `mapstructure:"min_count" yaml:"min_count"`
	// TLSCert and TLSKey are PEM files; they are needed to listen on other than the
	// loopback address.
	TLSCert string `mapstructure:"tls_cert" yaml:"tls_cert"`
	TLSKey  string `mapstructure:"tls_key" yaml:"tls_key"`
	// TokenFile holds the bearer token that a scraper must show, or is empty.
	TokenFile string `mapstructure:"token_file" yaml:"token_file"`
}

// Notify says who is told what happened. Messages hold numbers and never names.
type Notify struct {
	// Link is the address of a page that messages point to, or empty.
	Link    string  `mapstructure:"link" yaml:"link"`
	Mail    Mail    `mapstructure:"mail" yaml:"mail"`
	Webhook Webhook `mapstructure:"webhook" yaml:"webhook"`
}

// Mail is the mail server and who gets mail.
type Mail struct {
	// Server is the host of the mail server, or empty for no mail.
	Server string `mapstructure:"server" yaml:"server"`
	// Port is 587 for starttls and 465 for tls if it is 0.
	Port int `mapstructure:"port" yaml:"port"`
	// TLS is starttls or tls. There is no mail without it.
	TLS string `mapstructure:"tls" yaml:"tls"`
	// User and PasswordFile log in to the server, if it asks for it.
	User         string   `mapstructure:"user" yaml:"user"`
	PasswordFile string   `mapstructure:"password_file" yaml:"password_file"`
	From         string   `mapstructure:"from" yaml:"from"`
	To           []string `mapstructure:"to" yaml:"to"`
	// CAFile has the certificate authority of a server of one's own, or is empty.
	CAFile string `mapstructure:"ca_file" yaml:"ca_file"`
}

// Webhook is an address that messages are posted to.
type Webhook struct {
	// URL is an https address, or http on this computer, or empty for none.
	URL string `mapstructure:"url" yaml:"url"`
	// SecretFile holds the secret that posts are signed with.
	SecretFile string `mapstructure:"secret_file" yaml:"secret_file"`
	// CAFile has the certificate authority of a server of one's own, or is empty.
	CAFile string `mapstructure:"ca_file" yaml:"ca_file"`
}

// Words of the settings above.
const (
	MailSTARTTLS = "starttls"
	MailTLS      = "tls"
)

// completeServe makes the paths absolute.
func (c *Config) completeServe(absolute func(key, path string) string) {
	c.Drop.Dir = absolute("drop.dir", c.Drop.Dir)
	m, n := &c.Metrics, &c.Notify
	m.TextFile, m.TokenFile = absolute("metrics.textfile", m.TextFile), absolute("metrics.token_file", m.TokenFile)
	m.TLSCert, m.TLSKey = absolute("metrics.tls_cert", m.TLSCert), absolute("metrics.tls_key", m.TLSKey)
	n.Mail.PasswordFile, n.Mail.CAFile = absolute("notify.mail.password_file", n.Mail.PasswordFile), absolute("notify.mail.ca_file", n.Mail.CAFile)
	n.Webhook.SecretFile, n.Webhook.CAFile = absolute("notify.webhook.secret_file", n.Webhook.SecretFile), absolute("notify.webhook.ca_file", n.Webhook.CAFile)
	for i, path := range c.Schedule.Paths {
		c.Schedule.Paths[i] = absolute("schedule.paths", path)
	}
	for i, path := range c.Sites {
		c.Sites[i] = absolute("sites", path)
	}
}

// checkServe looks at the settings of the daemon.
func (l *loader) checkServe(c Config) {
	if _, err := ParseWeekly(c.Schedule.Review); err != nil {
		l.about("schedule.review", "%s", err)
	}
	if _, err := ParseTimeOfDay(c.Schedule.Ingest); err != nil {
		l.about("schedule.ingest", "%s", err)
	}
	if c.Schedule.SilentAfter < 24*time.Hour {
		l.about("schedule.silent_after", "it must be at least 24h")
	}
	for i, path := range c.Schedule.Paths {
		l.checkPath(indexed("schedule.paths", i), path)
	}
	for i, path := range c.Sites {
		l.checkPath(indexed("sites", i), path)
	}
	l.checkPlaces(c)
	l.checkDrop(c)
	l.checkMetrics(c.Metrics)
	l.checkMail(c.Notify.Mail)
	l.checkWebhook(c.Notify.Webhook)
	if u, err := url.Parse(c.Notify.Link); c.Notify.Link != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		l.about("notify.link", "it is not an address of a page; write for example https://chartwatch.example/")
	}
}

func (l *loader) checkDrop(c Config) {
	d := c.Drop
	l.checkPath("drop.dir", d.Dir)
	if d.Dir != "" && (inside(d.Dir, c.DataDir) || inside(c.DataDir, d.Dir)) {
		l.about("drop.dir", "the drop folder and the data directory must not lie in each other")
	}
	for i, path := range c.Schedule.Paths {
		if d.Dir != "" && (inside(d.Dir, path) || inside(path, d.Dir)) {
			l.about(indexed("schedule.paths", i), "the drop folder takes what is put there by itself; a path that is read daily must not lie in it, nor around it")
		}
	}
	if d.Every < time.Second || d.Every > time.Hour {
		l.about("drop.every", "it must be between 1s and 1h")
	}
	if d.Patience < time.Minute {
		l.about("drop.patience", "it must be at least 1m")
	}
	if d.Keep < 0 {
		l.about("drop.keep", "it must not be negative")
	}
}

// inside reports whether a path is a folder or lies in it.
func inside(path, dir string) bool {
	if dir == "" {
		return false
	}
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

func (l *loader) checkMetrics(m Metrics) {
	for key, path := range map[string]string{
		"metrics.textfile": m.TextFile, "metrics.tls_cert": m.TLSCert, "metrics.tls_key": m.TLSKey, "metrics.token_file": m.TokenFile,
	} {
		l.checkPath(key, path)
	}
	if m.TextFile != "" && filepath.Ext(m.TextFile) != ".prom" {
		l.about("metrics.textfile", "its name must end in .prom, or the exporter does not read it")
	}
	if m.MinCount < 1 {
		l.about("metrics.min_count", "it must be at least 1")
	}
	switch {
	case m.TLSCert != "" && m.TLSKey == "":
		l.about("metrics.tls_cert", "it needs tls_key, too")
	case m.TLSCert == "" && m.TLSKey != "":
		l.about("metrics.tls_key", "it needs tls_cert, too")
	}
	if m.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(m.Listen)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		l.about("metrics.listen", "%q is not an address to listen on; write for example 127.0.0.1:9467", m.Listen)
		return
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && m.TLSCert == "" {
		l.about("metrics.listen", "other computers could read along; set tls_cert and tls_key, or listen on 127.0.0.1")
	}
}

func (l *loader) checkMail(m Mail) {
	l.checkWord("notify.mail.tls", m.TLS, MailSTARTTLS, MailTLS)
	l.checkPath("notify.mail.password_file", m.PasswordFile)
	l.checkPath("notify.mail.ca_file", m.CAFile)
	if m.Port < 0 || m.Port > 65535 {
		l.about("notify.mail.port", "it must be between 1 and 65535, or 0 for the usual one")
	}
	switch {
	case m.User != "" && m.PasswordFile == "":
		l.about("notify.mail.user", "it needs password_file, too")
	case m.User == "" && m.PasswordFile != "":
		l.about("notify.mail.password_file", "it needs user, too")
	}
	if m.Server == "" {
		if len(m.To) > 0 || m.From != "" || m.User != "" {
			l.about("notify.mail.server", "it is missing, so that no mail would be sent")
		}
		return
	}
	if strings.ContainsAny(m.Server, ":/ ") {
		l.about("notify.mail.server", "it is the name of a computer alone; the port has a setting of its own")
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		l.about("notify.mail.from", "it must be the mail address that messages come from")
	}
	if len(m.To) == 0 {
		l.about("notify.mail.server", "nobody would get the mail; name at least one address in notify.mail.to")
	}
	for i, to := range m.To {
		if _, err := mail.ParseAddress(to); err != nil {
			l.about(indexed("notify.mail.to", i), "it is not a mail address")
		}
	}
}

func (l *loader) checkWebhook(w Webhook) {
	l.checkPath("notify.webhook.secret_file", w.SecretFile)
	l.checkPath("notify.webhook.ca_file", w.CAFile)
	if w.URL == "" {
		if w.SecretFile != "" {
			l.about("notify.webhook.url", "it is missing, so that nothing would be sent")
		}
		return
	}
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		l.about("notify.webhook.url", "it is not an address; write for example https://hooks.example/chartwatch")
		return
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		l.about("notify.webhook.url", "it must begin with https:// unless it is on this computer")
	}
	if w.SecretFile == "" {
		l.about("notify.webhook.url", "it needs secret_file, too: messages are signed, so that the receiver can trust them")
	}
}
