package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// receivers are a mail server and a web server of the test's own, and what they got.
type receivers struct {
	mu    sync.Mutex
	mails []string
	hooks []string // headers and body

	mailPort string
	hookURL  string
	ca       []byte // of both
}

func startReceivers(t *testing.T) *receivers {
	t.Helper()
	r := &receivers{}
	cert := r.certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, r.mailPort, _ = net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.mail(c)
		}
	}()
	web := httptest.NewUnstartedServer(http.HandlerFunc(r.hook))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	web.StartTLS()
	t.Cleanup(web.Close)
	r.hookURL = web.URL + "/hook"
	return r
}

// certificate makes a certificate of this computer that vouches for itself.
func (r *receivers) certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	r.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// mail speaks as much SMTP as a client needs to deliver.
func (r *receivers) mail(c net.Conn) {
	defer func() { _ = c.Close() }()
	lines := bufio.NewReader(c)
	say := func(text string) { _, _ = fmt.Fprintf(c, "%s\r\n", text) }
	say("220 test")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch verb {
		case "QUIT":
			say("221 bye")
			return
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				line, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(line)
			}
			r.mu.Lock()
			r.mails = append(r.mails, text.String())
			r.mu.Unlock()
			say("250 kept")
		default:
			say("250 fine")
		}
	}
}

func (r *receivers) hook(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, "no body", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hooks = append(r.hooks, fmt.Sprint(req.Header)+"\n"+string(body))
}

func (r *receivers) got() (mails, hooks []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.mails...), append([]string(nil), r.hooks...)
}

// settings are the settings that send messages here.
func (r *receivers) settings(t *testing.T, dir string) string {
	t.Helper()
	write(t, filepath.Join(dir, "ca.pem"), r.ca)
	write(t, filepath.Join(dir, "secret"), []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"))
	return "notify:\n  mail: {server: 127.0.0.1, port: " + r.mailPort + ", tls: tls, from: chartwatch@practice.example, to: [office@practice.example], ca_file: ca.pem}\n" +
		"  webhook: {url: " + r.hookURL + ", secret_file: secret, ca_file: ca.pem}\n"
}

// practiceTelling is the folder of a practice whose messages come here.
func (r *receivers) practiceTelling(t *testing.T, more string) string {
	t.Helper()
	dir := practiceFolder(t, more)
	file := filepath.Join(dir, "chartwatch.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, append(text, r.settings(t, dir)...))
	return dir
}
