package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

func hostname(args []string) error {
	if len(args) == 0 {
		name, err := os.Hostname()
		fmt.Println(name)
		return err
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	var list []string
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			list = append(list, ip.IP.String())
		}
	}
	fmt.Println(strings.Join(list, " "))
	return nil
}

func nslookup(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: nslookup NAME")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, args[0])
	if err != nil {
		return err
	}
	fmt.Println("Name:", args[0])
	for _, a := range addresses {
		fmt.Println("Address:", a)
	}
	return nil
}

func tcpEcho(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: tcp-echo PORT")
	}
	listener, err := net.Listen("tcp", ":"+args[0])
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			_, _ = io.Copy(connection, connection)
		}()
	}
}

func udpEcho(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: udp-echo PORT")
	}
	socket, err := net.ListenPacket("udp", ":"+args[0])
	if err != nil {
		return err
	}
	fmt.Println("listening on", socket.LocalAddr())
	for buffer := make([]byte, 64<<10); ; {
		n, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return err
		}
		_, _ = socket.WriteTo(buffer[:n], from)
	}
}

func netcat(args []string) error {
	set, rest, err := options(args, "luz", "w")
	if err != nil {
		return err
	}
	network, timeout := "tcp", 0*time.Second
	if has(set, 'u') {
		network = "udp"
	}
	if has(set, 'w') {
		if timeout, err = seconds([]string{set['w']}); err != nil {
			return err
		}
	}
	var connection net.Conn
	switch {
	case has(set, 'l') && len(rest) == 1:
		listener, err := net.Listen("tcp", ":"+rest[0])
		if err != nil {
			return err
		}
		if connection, err = listener.Accept(); err != nil {
			return err
		}
		listener.Close()
	case !has(set, 'l') && len(rest) == 2:
		if connection, err = net.DialTimeout(network, net.JoinHostPort(rest[0], rest[1]), timeout); err != nil {
			return err
		}
	default:
		return errors.New("usage: nc [-l] [-u] [-z] [-w SECONDS] [HOST] PORT")
	}
	defer connection.Close()
	if has(set, 'z') {
		return nil
	}
	if timeout > 0 {
		_ = connection.SetReadDeadline(time.Now().Add(timeout))
	}
	go func() {
		_, _ = io.Copy(connection, os.Stdin)
		if tcp, ok := connection.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	}()
	_, err = io.Copy(os.Stdout, connection)
	return err
}

func wget(args []string) error {
	set, rest, err := options(args, "qS", "OTHA")
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errors.New("usage: wget [-q] [-S] [-T SECONDS] [-O FILE] [-H NAME:VALUE] [-A CA-FILE] URL")
	}
	client := &http.Client{}
	if has(set, 'A') {
		if client.Transport, err = trusting(set['A']); err != nil {
			return err
		}
	}
	if has(set, 'T') {
		if client.Timeout, err = seconds([]string{set['T']}); err != nil {
			return err
		}
	}
	url := rest[0]
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if name, value, ok := strings.Cut(set['H'], ":"); ok {
		request.Header.Set(name, strings.TrimSpace(value))
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if has(set, 'S') {
		fmt.Fprintln(os.Stderr, response.Proto, response.Status)
	}
	out := os.Stdout
	if name := set['O']; name != "" && name != "-" {
		if out, err = os.Create(name); err != nil {
			return err
		}
	}
	if _, err := io.Copy(out, response.Body); err != nil {
		return err
	}
	if response.StatusCode >= 400 {
		fmt.Fprintln(os.Stderr, "wget: server returned", response.Status)
		return exitCode(1)
	}
	return nil
}

// trusting is a transport that trusts the certificates of a file alone.
func trusting(file string) (http.RoundTripper, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}, nil
}

// httpServer serves what tests of probes, services and rollouts ask for.
func httpServer(args []string) error {
	port := "8080"
	if len(args) > 0 {
		port = args[0]
	}
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	return http.Serve(listener, logged(handler()))
}

func handler() http.Handler {
	var failing atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		host, _ := os.Hostname()
		fmt.Fprintf(w, "%s, asked by %s\n", host, r.RemoteAddr)
	})
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if failing.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprintln(w, map[bool]string{false: "ok", true: "failing"}[failing.Load()])
	})
	mux.HandleFunc("/fail", func(http.ResponseWriter, *http.Request) { failing.Store(true) })
	mux.HandleFunc("/recover", func(http.ResponseWriter, *http.Request) { failing.Store(false) })
	mux.HandleFunc("/env", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, strings.Join(os.Environ(), "\n")) })
	mux.HandleFunc("/headers", func(w http.ResponseWriter, r *http.Request) { _ = r.Header.Write(w) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(r.PathValue("code"))
		if err != nil || code < 200 || code > 599 {
			code = http.StatusBadRequest
		}
		w.WriteHeader(code)
	})
	mux.HandleFunc("/sleep/{seconds}", func(w http.ResponseWriter, r *http.Request) {
		d, err := seconds([]string{r.PathValue("seconds")})
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		select {
		case <-time.After(d):
			fmt.Fprintln(w, "slept", d)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/exit/{code}", func(_ http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		os.Exit(code & 0xff)
	})
	return mux
}

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Printf("%s %q from %s\n", r.Method, r.URL.Path, r.RemoteAddr)
		next.ServeHTTP(w, r)
	})
}
