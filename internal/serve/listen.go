package serve

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/metrics"
)

// ListenOptions say where and to whom metrics are shown.
type ListenOptions struct {
	Address string
	// TLSCert and TLSKey are PEM files, or empty. They are read again for every
	// connection, so that a renewed certificate needs no restart.
	TLSCert, TLSKey string
	// Token is what a scraper must show, or empty.
	Token string
	// Log is told of connections that break; it may be nil.
	Log *slog.Logger
}

// Listener shows metrics over HTTP.
type Listener struct {
	server   *http.Server
	listener net.Listener
}

// Listen begins to listen. Nothing is answered before Serve.
func Listen(ctx context.Context, m *metrics.Metrics, o ListenOptions) (*Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, fault.Wrap(fault.Conflict, "cannot listen on "+o.Address+" for metrics", "another program may use this port; choose another one in metrics.listen, or write `listen: \"\"` for none", err)
	}
	if o.TLSCert != "" {
		get := func() (*tls.Certificate, error) { return certificate(m, o) }
		if _, err := get(); err != nil {
			return nil, errors.Join(fault.Wrap(fault.Invalid, "the certificate for metrics cannot be used", "check metrics.tls_cert and metrics.tls_key", err), l.Close())
		}
		l = tls.NewListener(l, &tls.Config{
			MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return get() },
		})
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "chartwatch is running") })
	return &Listener{listener: l, server: &http.Server{
		Handler: guard(mux, o), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// certificate reads the certificate and notes when it ends.
func certificate(m *metrics.Metrics, o ListenOptions) (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(o.TLSCert, o.TLSKey)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return nil, err
	}
	m.SetCertificate(leaf.NotAfter)
	return &c, nil
}

// guard lets through who may look. On the loopback address only names of this
// computer are answered, so that no page in a browser can read along under a name of
// its own.
func guard(next http.Handler, o ListenOptions) http.Handler {
	host, _, err := net.SplitHostPort(o.Address)
	local := err == nil && isLocal(host)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			asked = r.Host
		}
		given := []byte(r.Header.Get("Authorization"))
		switch {
		case local && !isLocal(asked):
			http.Error(w, "this address is for this computer only", http.StatusForbidden)
		case o.Token != "" && subtle.ConstantTimeCompare(given, []byte("Bearer "+o.Token)) != 1:
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a token is needed", http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Addr is the address that was taken, with its port.
func (l *Listener) Addr() string { return l.listener.Addr().String() }

// Serve answers until the context ends, and then for as long as answers that have
// begun take, five seconds at most.
func (l *Listener) Serve(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- l.server.Serve(l.listener) }()
	select {
	case err := <-done:
		return fault.Wrap(fault.Internal, "metrics are no longer answered", "start chartwatch again", err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return l.server.Shutdown(limited)
}
