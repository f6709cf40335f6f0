package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// floorCommand makes this program the yardstick for reads: an HTTP/2 server that asks for a client certificate, like the
// API server, and answers every request with bytes that it holds ready.
const floorCommand = "floor"

// floor is that server, running.
type floor struct {
	process *exec.Cmd
	api     *client
}

func (f *floor) pid() int { return f.process.Process.Pid }

func (f *floor) stop() error {
	f.api.close()
	return errors.Join(f.process.Process.Signal(syscall.SIGKILL), ignoreExit(f.process.Wait()))
}

func ignoreExit(err error) error {
	var code *exec.ExitError
	if errors.As(err, &code) {
		return nil
	}
	return err
}

// newFloor starts a server of the body.
func newFloor(ctx context.Context, dir string, body []byte, in media) (*floor, error) {
	file := filepath.Join(dir, "floor-body")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return nil, err
	}
	key, certificate, err := selfSigned()
	if err != nil {
		return nil, err
	}
	pair := filepath.Join(dir, "floor.pem")
	if err := os.WriteFile(pair, append(certificate, key...), 0o600); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f := &floor{process: exec.Command(self, floorCommand, file, string(in), pair)}
	f.process.Stderr = os.Stderr
	out, err := f.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := f.process.Start(); err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("starting the bare server: %w", errors.Join(err, f.process.Process.Kill(), ignoreExit(f.process.Wait())))
	}
	config, err := mutualTLS(pair)
	if err != nil {
		return nil, err
	}
	f.api = newClient("https://"+strings.TrimSpace(address), config)
	return f, nil
}

// mutualTLS trusts one certificate and shows the same.
func mutualTLS(pair string) (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(pair, pair)
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(certificate.Leaf)
	return &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: trusted, ClientCAs: trusted, ClientAuth: tls.RequireAndVerifyClientCert}, nil
}

func selfSigned() (key, certificate []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// serveFloor is the server's process: FILE MEDIA PAIR. It prints its address and runs until it is killed.
func serveFloor(args []string) int {
	if err := serveBytes(args[0], args[1], args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "bench: the bare server:", err)
	}
	return 1
}

func serveBytes(file, media, pair string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	config, err := mutualTLS(pair)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	contentType, length := []string{media}, []string{strconv.Itoa(len(body))}
	server := &http.Server{TLSConfig: config, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"], w.Header()["Content-Length"] = contentType, length
		_, _ = w.Write(body) // the client may be gone
	})}
	if _, err := io.WriteString(os.Stdout, listener.Addr().String()+"\n"); err != nil {
		return err
	}
	return server.ServeTLS(listener, "", "")
}
