// Package config reads the settings of the program from the command line, the
// environment and a file, in this order of precedence, and checks them.
//
// It reports all mistakes at once, with file, line and column, and it refuses
// what it does not understand: unknown, repeated and differently spelt keys,
// variables that start with CHARTWATCH_ and mean nothing, numbers without a
// unit where a duration is meant. It refuses to hold secrets: keys and passwords
// are never part of the configuration.
package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/viper"
)

// Config is the whole configuration. Paths in it are absolute, unless the
// working directory is unknown.
type Config struct {
	// DataDir is the directory of the database and the archive.
	DataDir string `mapstructure:"data_dir" yaml:"data_dir"`
	// Site is the short name of the practice, "main" if there is only one.
	Site string `mapstructure:"site" yaml:"site"`
	// Timezone is the IANA name of the practice's zone, or empty if nobody has set it.
	Timezone string `mapstructure:"timezone" yaml:"timezone"`
	// Sources are the logs and other files that are imported regularly.
	Sources  []Source `mapstructure:"sources" yaml:"sources"`
	Practice Practice `mapstructure:"practice" yaml:"practice"`
	Rules    Rules    `mapstructure:"rules" yaml:"rules"`
	Review   Review   `mapstructure:"review" yaml:"review"`
	Schedule Schedule `mapstructure:"schedule" yaml:"schedule"`
	Drop     Drop     `mapstructure:"drop" yaml:"drop"`
	Metrics  Metrics  `mapstructure:"metrics" yaml:"metrics"`
	Notify   Notify   `mapstructure:"notify" yaml:"notify"`
	// Sites are the configurations of several practices, as files or patterns. Each
	// has a site and a data directory of its own.
	Sites  []string `mapstructure:"sites" yaml:"sites"`
	Store  Store    `mapstructure:"store" yaml:"store"`
	Key    Key      `mapstructure:"key" yaml:"key"`
	Limits Limits   `mapstructure:"limits" yaml:"limits"`
	Log    Log      `mapstructure:"log" yaml:"log"`
}

// Source says how the files of one source are read.
type Source struct {
	// Name is short and fit for a label: lower-case letters, digits and hyphens.
	Name string `mapstructure:"name" yaml:"name"`
	// Match is a pattern for the name of a file, such as "audit-*.csv".
	Match string `mapstructure:"match" yaml:"match"`
	// Parser is the name of the parser, or empty to find out.
	Parser string `mapstructure:"parser" yaml:"parser"`
	// Timezone is the zone of times without an offset, or empty for the practice's.
	Timezone string `mapstructure:"timezone" yaml:"timezone"`
	// Mapping is a file that maps the columns, or empty.
	Mapping string `mapstructure:"mapping" yaml:"mapping"`
	// Encoding is the text encoding of files without a byte-order mark, or empty.
	Encoding string `mapstructure:"encoding" yaml:"encoding"`
	// Expect says on which days the source has entries: daily, weekdays or none.
	// The default is weekdays: a day without entries is better explained than overlooked.
	Expect string `mapstructure:"expect" yaml:"expect"`
	// From and Until are the first and last day (2025-01-31) on which the
	// source was in use, or empty.
	From  string `mapstructure:"from" yaml:"from"`
	Until string `mapstructure:"until" yaml:"until"`
}

// Store has the settings of the database.
type Store struct {
	MemoryLimit string        `mapstructure:"memory_limit" yaml:"memory_limit"`
	Threads     int           `mapstructure:"threads" yaml:"threads"` // 0 means all
	Wait        time.Duration `mapstructure:"wait" yaml:"wait"`       // for another process that uses the data directory
}

// Key says where the key of the data directory is kept. The key itself is never
// in the configuration.
type Key struct {
	File       string   `mapstructure:"file" yaml:"file"`             // explicit key file, or empty
	Store      string   `mapstructure:"store" yaml:"store"`           // file or keyring
	Recipients []string `mapstructure:"recipients" yaml:"recipients"` // age recipients that can recover the data
}

// Limits bound what reading a file may cost and how much of it may be rejected.
type Limits struct {
	Ratio       int64   `mapstructure:"ratio" yaml:"ratio"`               // of decompressed to compressed bytes
	Entries     int     `mapstructure:"entries" yaml:"entries"`           // files in an archive
	RejectRatio float64 `mapstructure:"reject_ratio" yaml:"reject_ratio"` // above it an import is incomplete
}

// Log has the settings of the program's own log.
type Log struct {
	Level  string `mapstructure:"level" yaml:"level"`   // debug, info, warn or error
	Format string `mapstructure:"format" yaml:"format"` // text or json
}

// Values of settings that are one of a few words.
const (
	ExpectDaily    = "daily"
	ExpectWeekdays = "weekdays"
	ExpectNone     = "none"
	KeyInFile      = "file"
	KeyInKeyring   = "keyring"
	HolidaysUS     = "us-federal"
	HolidaysNone   = "none"
)

// Default returns the settings of an empty configuration. DataDir is empty: it
// depends on the person and is found by [Load].
func Default() Config {
	return Config{
		Site:     "main",
		Practice: Practice{Holidays: HolidaysUS, HoursMargin: 90 * time.Minute, ShiftMargin: time.Hour},
		Review:   Review{MemoryLimit: "2GB"},
		Schedule: Schedule{Review: "mon 06:00", Ingest: "05:00", SilentAfter: 72 * time.Hour},
		Drop:     Drop{Every: 30 * time.Second, Patience: 6 * time.Hour, Keep: 7 * 24 * time.Hour},
		Metrics:  Metrics{Listen: "127.0.0.1:9467", MinCount: 1},
		Notify:   Notify{Mail: Mail{TLS: MailSTARTTLS}},
		Store:    Store{MemoryLimit: "1GB", Wait: 30 * time.Second},
		Key:      Key{Store: KeyInFile},
		Limits:   Limits{Ratio: 200, Entries: 1000, RejectRatio: 0.05},
		Log:      Log{Level: "info", Format: "text"},
	}
}

// Options are what [Load] needs to know about its surroundings.
type Options struct {
	// File is the configuration file that the person named, or empty.
	File string
	// Environ is the environment, as "NAME=value".
	Environ []string
	// Flags are settings from the command line, such as "store.wait": "1m".
	Flags map[string]string
	// WorkDir is the working directory.
	WorkDir string
	// Service says that the program runs unattended: it then ignores a
	// configuration file in the working directory.
	Service bool
	// Base stands in for what the file of one of several practices leaves out about
	// the daemon. It may be nil.
	Base *Config
	// ConfigDir, DataDir and SystemDir are the directories of a person's
	// configuration and data and of the system's configuration. What is empty
	// is taken from the operating system.
	ConfigDir string
	DataDir   string
	SystemDir string
}

// Loaded is the configuration with its history.
type Loaded struct {
	Config Config
	// File is the configuration file that was read, or empty if there is none.
	File string
	// ConfigDir is the directory of the person's configuration. Keys are kept
	// below it.
	ConfigDir string
	// Origin tells for every setting where its value comes from: "default",
	// "file", "command line" or the name of a variable.
	Origin map[string]string
}

// Origins of values that have no name of their own.
const (
	originDefault = "default"
	originFile    = "file"
	originFlag    = "command line"
)

// Load finds, reads and checks the configuration. The error is of the kind
// fault.Invalid and holds an [*InvalidError] if there are mistakes in it.
func Load(o Options) (Loaded, error) {
	o = o.withDirs()
	l := &loader{
		options: o, settings: settingsOf(Config{}), viper: viper.NewWithOptions(viper.ExperimentalBindStruct()),
		origin: map[string]string{}, positions: map[string]position{},
	}
	l.defaults()
	environ := l.environ()
	file, err := findFile(o, environ[configVariable])
	if err != nil {
		return Loaded{}, err
	}
	if file != "" {
		if err := l.readFile(file); err != nil {
			return Loaded{}, err
		}
	}
	l.setFromEnvironment(environ)
	l.setFromFlags()
	// What is understood is checked even if something else is not, so that a
	// person sees all mistakes at once.
	c := Config{}
	if err := l.viper.UnmarshalExact(&c); err != nil {
		return Loaded{}, fmt.Errorf("reading the configuration: %w", err)
	}
	l.complete(&c)
	l.check(c)
	if err := l.problems.err(); err != nil {
		return Loaded{}, err
	}
	return Loaded{Config: c, File: file, ConfigDir: o.ConfigDir, Origin: l.origin}, nil
}

// loader is the state of one call of Load.
type loader struct {
	options   Options
	settings  []setting
	viper     *viper.Viper
	file      string
	origin    map[string]string
	positions map[string]position // of keys in the file
	problems  problems
}

func (l *loader) defaults() {
	values := leaves(Default())
	if l.options.Base != nil {
		l.inherit(values, leaves(*l.options.Base))
	}
	for key, value := range values {
		if key == "data_dir" {
			value = l.options.DataDir
		}
		l.viper.SetDefault(key, value)
		l.origin[key] = originDefault
	}
}

// complete fills in what depends on other settings.
func (l *loader) complete(c *Config) {
	withoutEmptyLists(reflect.ValueOf(c).Elem())
	c.Rules.Dir = l.absolute("rules.dir", c.Rules.Dir)
	c.DataDir = l.absolute("data_dir", c.DataDir)
	c.Key.File = l.absolute("key.file", c.Key.File)
	c.completeServe(l.absolute)
	for i := range c.Sources {
		s := &c.Sources[i]
		s.Mapping = l.absolute("sources", s.Mapping)
		if s.Expect == "" {
			s.Expect = ExpectWeekdays
		}
	}
}

// withoutEmptyLists makes an empty list the same as none.
func withoutEmptyLists(v reflect.Value) {
	for _, f := range v.Fields() {
		switch {
		case f.Kind() == reflect.Struct:
			withoutEmptyLists(f)
		case f.Kind() == reflect.Slice && f.Len() == 0:
			f.SetZero()
		}
	}
}

// absolute resolves a path in a file against the directory of the file, and any
// other one against the working directory.
func (l *loader) absolute(key, path string) string {
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "~") {
		return path
	}
	base := l.options.WorkDir
	if l.origin[key] == originFile {
		base = filepath.Dir(l.file)
	}
	return filepath.Join(base, path)
}
