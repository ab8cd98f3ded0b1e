package site

import (
	"os"
	"path"
	"path/filepath"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// Reading says how to read files, as a person asked for. What is empty is taken
// from the configuration or found out.
type Reading struct {
	Parser, Source, Zone, Mapping, Encoding string
}

// Reader knows how each file of a site is read.
type Reader struct {
	asked   Reading
	base    intake.Settings
	sources []config.Source
}

// Reader prepares the reading of files.
func (s *Site) Reader(asked Reading) (*Reader, error) {
	zone, basis, err := s.Zone(asked.Zone)
	if err != nil {
		return nil, err
	}
	c := s.Loaded.Config
	r := &Reader{asked: asked, sources: c.Sources, base: intake.Settings{
		Parser: asked.Parser, Source: asked.Source, Encoding: asked.Encoding, Zone: zone, ZoneBasis: basis,
		Limits: ingest.Limits{Ratio: c.Limits.Ratio, Entries: c.Limits.Entries},
	}}
	if asked.Mapping != "" {
		err = r.mapping(&r.base, asked.Mapping)
	}
	return r, err
}

// Settings say how a file is read: as asked for, then as the first source of the
// configuration says whose pattern the file's name matches.
func (r *Reader) Settings(file string) (intake.Settings, error) {
	for i := range r.sources {
		if ok, err := path.Match(r.sources[i].Match, filepath.Base(file)); err == nil && ok {
			return r.apply(r.base, &r.sources[i])
		}
	}
	return r.base, nil
}

// Unnamed say how something without a file name is read.
func (r *Reader) Unnamed() intake.Settings { return r.base }

func (r *Reader) apply(s intake.Settings, src *config.Source) (intake.Settings, error) {
	if s.Source == "" {
		s.Source = src.Name
	}
	if s.Parser == "" {
		s.Parser = src.Parser
	}
	if s.Encoding == "" {
		s.Encoding = src.Encoding
	}
	if s.Mapping == nil && src.Mapping != "" {
		if err := r.mapping(&s, src.Mapping); err != nil {
			return s, err
		}
	}
	var err error
	if r.asked.Zone == "" && src.Timezone != "" {
		s.Zone, s.ZoneBasis, err = loadZone(src.Timezone)
	}
	return s, err
}

const (
	maxMapping = 1 << 20
	// mappingParser is the parser that a mapping is for.
	mappingParser = "delimited"
)

// mapping reads a mapping's file.
func (r *Reader) mapping(s *intake.Settings, file string) error {
	info, err := os.Stat(file)
	if err == nil && info.Size() > maxMapping {
		return fault.New(fault.Invalid, "the mapping file is too large", "a mapping is a short YAML file")
	}
	if s.Mapping, err = os.ReadFile(filepath.Clean(file)); err != nil {
		return fault.Wrap(fault.Usage, "cannot read the mapping", "check the path", err)
	}
	s.MappingName = filepath.Base(file)
	if s.Parser == "" {
		s.Parser = mappingParser
	}
	return nil
}
