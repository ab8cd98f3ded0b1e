// Package metrics shows how chartwatch and the practices that it works for are
// doing, in the format of Prometheus.
//
// It shows what it was last told and looks at nothing by itself: whoever works for
// a practice hands over a snapshot, and a scrape never touches a database. It
// refuses to show a word that came from a log. The value of a label is in a closed
// list or looks like the short name of a practice, source, parser or rule;
// everything else becomes "other". Numbers are never attributed to a patient, a
// user or a workstation, and a number of findings that is so small that it may
// point to a person can be hidden among those of other rules.
package metrics

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Build says which program is running.
type Build struct {
	Version, Revision, GoVersion string
}

// Options say what to show.
type Options struct {
	// MinCount is the smallest number of findings that is shown for a single rule;
	// smaller ones of the same level and state are added up under the rule "few". 0
	// and 1 hide nothing.
	MinCount int
	// Process adds the memory, threads and processor time of the program to what
	// [Metrics.Handler] answers.
	Process bool
}

// Metrics is what is shown. All its methods are safe for concurrent use.
type Metrics struct {
	// ours is what chartwatch says; all is this and the state of the process. The
	// exporter that reads the text file has a process of its own to tell about.
	ours *prometheus.Registry
	all  prometheus.Gatherers

	sites       *sites
	ingest      *prometheus.HistogramVec
	certificate *prometheus.GaugeVec
}

// New returns metrics that show no practice yet.
func New(b Build, o Options) *Metrics {
	m := &Metrics{
		ours:  prometheus.NewRegistry(),
		sites: newSites(o.MinCount),
		ingest: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "chartwatch_ingest_duration_seconds", Help: "How long the import of a file took.",
			Buckets: []float64{0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200},
		}, []string{"site"}),
		certificate: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "chartwatch_certificate_not_after_timestamp_seconds", Help: "When the certificate of this page ends.",
		}, nil),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "chartwatch_build_info", Help: "The program that is running; always 1.",
		ConstLabels: prometheus.Labels{"version": text(b.Version), "revision": text(b.Revision), "goversion": text(b.GoVersion)},
	})
	info.Set(1)
	m.ours.MustRegister(info, m.sites, m.ingest, m.certificate)
	m.all = prometheus.Gatherers{m.ours}
	if o.Process {
		process := prometheus.NewRegistry()
		process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		m.all = append(m.all, process)
	}
	return m
}

// text makes sure that a scrape does not fail because of a stray byte.
func text(s string) string { return strings.ToValidUTF8(s, "?") }

// Set replaces what is shown about a practice. Nothing of s is kept.
func (m *Metrics) Set(site string, s Site) {
	m.sites.set(site, &s)
	m.ingest.WithLabelValues(slug(site)) // begins with 0
}

// Down shows a practice as not up, and otherwise as it was last seen.
func (m *Metrics) Down(site string) { m.sites.down(site) }

// Remove shows a practice no longer.
func (m *Metrics) Remove(site string) {
	if gone := m.sites.remove(site); gone {
		m.ingest.DeleteLabelValues(slug(site))
	}
}

// ObserveIngest notes how long the import of a file took.
func (m *Metrics) ObserveIngest(site string, d time.Duration) {
	m.ingest.WithLabelValues(slug(site)).Observe(max(0, d.Seconds()))
}

// SetCertificate notes when the certificate of the page ends. It is not shown
// before.
func (m *Metrics) SetCertificate(notAfter time.Time) {
	m.certificate.WithLabelValues().Set(float64(notAfter.Unix()))
}

// Handler answers a scrape. If anything cannot be shown, the answer is an error and
// not the rest: a scrape that fails is noticed, and a metric that is missing is not.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.all, promhttp.HandlerOpts{EnableOpenMetrics: true, ErrorHandling: promhttp.HTTPErrorOnError})
}

// WriteTextFile writes the metrics, without those of the process, for the textfile
// collector of an exporter. The file is replaced as a whole. Everybody on the
// computer may read it, because the exporter runs as another user.
func (m *Metrics) WriteTextFile(path string) error {
	if err := prometheus.WriteToTextfile(path, m.ours); err != nil {
		return fault.Wrap(fault.Internal, "cannot write the metrics to a file",
			"check that the folder "+filepath.Dir(path)+" exists, that chartwatch may write to it, and that the disk is not full", err)
	}
	return nil
}

// sites holds what is shown about every practice, ready for the next scrape.
type sites struct {
	minCount int
	descs    [families]*prometheus.Desc

	mu sync.RWMutex
	// tables are by the name that was handed over, shown by the one that is shown:
	// several that are no names become one.
	tables map[string]table
	shown  map[string][]prometheus.Metric
}

func newSites(minCount int) *sites {
	s := &sites{minCount: minCount, tables: map[string]table{}, shown: map[string][]prometheus.Metric{}}
	for f := range families {
		s.descs[f] = describe(f).desc()
	}
	return s
}

func (s *sites) set(name string, site *Site) {
	t := tabulate(site, s.minCount)
	s.mu.Lock()
	defer s.mu.Unlock()
	t.hold(s.tables[name])
	s.tables[name] = t
	s.rebuild(slug(name))
}

func (s *sites) down(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tables[name]; t != nil {
		t[key{family: siteUp}] = 0
		s.rebuild(slug(name))
	}
}

// remove reports whether nothing is shown under the name any longer.
func (s *sites) remove(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tables, name)
	return s.rebuild(slug(name)) == 0
}

// rebuild makes the series that are shown under a name and returns their number.
func (s *sites) rebuild(label string) int {
	t := table{}
	for name, one := range s.tables {
		if slug(name) != label {
			continue
		}
		for k, value := range one {
			t.put(k.family, value, k.labels[:]...)
		}
	}
	if len(t) == 0 {
		delete(s.shown, label)
		return 0
	}
	list := make([]prometheus.Metric, 0, len(t))
	for k, value := range t {
		about := describe(k.family)
		labels := append([]string{label}, k.labels[:len(about.labels)]...)
		list = append(list, series(s.descs[k.family], about.valueType(), value, labels))
	}
	s.shown[label] = list
	return len(list)
}

// series returns one series. One that cannot be made fails the scrape.
func series(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels []string) prometheus.Metric {
	one, err := prometheus.NewConstMetric(d, kind, value, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(d, err)
	}
	return one
}

// Describe tells the registry what may be collected.
func (s *sites) Describe(to chan<- *prometheus.Desc) {
	for _, d := range s.descs {
		to <- d
	}
}

// Collect hands over what is shown.
func (s *sites) Collect(to chan<- prometheus.Metric) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, list := range s.shown {
		for _, one := range list {
			to <- one
		}
	}
}
