package serve_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/serve"
)

// listening answers until the test ends.
func listening(t *testing.T, o serve.ListenOptions) (address string) {
	t.Helper()
	m := metrics.New(metrics.Build{Version: "1.2.3"}, metrics.Options{MinCount: 1})
	m.Set("main", metrics.Site{Up: true, StoreEvents: 7})
	ctx, stop := context.WithCancel(t.Context())
	l, err := serve.Listen(ctx, m, o)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- l.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	return l.Addr()
}

// ask asks for a page, under a host's name and with a token if they are given.
func ask(t *testing.T, client *http.Client, page, host, token string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestListen(t *testing.T) {
	address := listening(t, serve.ListenOptions{Address: "127.0.0.1:0", Token: "a-long-token"})
	for _, tc := range []struct {
		name, page, host, token string
		status                  int
		want                    string
	}{
		{"metrics", "/metrics", "", "a-long-token", 200, `chartwatch_store_events{site="main"} 7`},
		{"healthy", "/-/healthy", "", "a-long-token", 200, "chartwatch is running"},
		{"no-token", "/metrics", "", "", 401, "a token is needed"},
		{"wrong-token", "/metrics", "", "a-long-tokem", 401, "a token is needed"},
		{"localhost", "/metrics", "localhost:9467", "a-long-token", 200, "chartwatch_store_events"},
		{"a-name-of-somebody-else", "/metrics", "rebind.example", "a-long-token", 403, "this computer only"},
		{"another-page", "/", "", "a-long-token", 404, "not found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, text := ask(t, http.DefaultClient, "http://"+address+tc.page, tc.host, tc.token)
			if status != tc.status || !strings.Contains(text, tc.want) {
				t.Errorf("status %d, want %d and %q in:\n%s", status, tc.status, tc.want, text)
			}
			if status != 200 && strings.Contains(text, "chartwatch_") {
				t.Errorf("it shows metrics with status %d", status)
			}
		})
	}
}

func TestListenTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	_, err := serve.Listen(t.Context(), metrics.New(metrics.Build{}, metrics.Options{}), serve.ListenOptions{Address: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
		t.Errorf("without a certificate: %v", err)
	}
	roots := writeCertificate(t, cert, key)
	address := listening(t, serve.ListenOptions{Address: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	status, text := ask(t, client, "https://"+address+"/metrics", "", "")
	if status != 200 || !strings.Contains(text, "chartwatch_certificate_not_after_timestamp_seconds 4.7") {
		t.Errorf("status %d:\n%s", status, text)
	}
	if status, _ := ask(t, http.DefaultClient, "http://"+address+"/metrics", "", ""); status == 200 {
		t.Error("it answers without TLS")
	}
	client.CloseIdleConnections()
}

func TestListenPortInUse(t *testing.T) {
	address := listening(t, serve.ListenOptions{Address: "127.0.0.1:0"})
	_, err := serve.Listen(t.Context(), metrics.New(metrics.Build{}, metrics.Options{}), serve.ListenOptions{Address: address})
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "cannot listen on "+address) || !strings.Contains(fault.HintOf(err), "metrics.listen") {
		t.Errorf("got %v", err)
	}
}

// writeCertificate makes a certificate of 127.0.0.1 that ends in 2120.
func writeCertificate(t *testing.T, cert, key string) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, content := range map[string][]byte{cert: text, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}
