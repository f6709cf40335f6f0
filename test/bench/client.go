package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// media is an encoding of the API.
type media string

const (
	asJSON     media = "application/json"
	asProtobuf media = "application/vnd.kubernetes.protobuf"
	asTable    media = "application/json;as=Table;v=v1;g=meta.k8s.io"
	asApply    media = "application/apply-patch+yaml"
)

func (m media) String() string {
	switch m {
	case asProtobuf:
		return "protobuf"
	case asTable:
		return "Table"
	}
	return "JSON"
}

// connections is how many HTTP/2 connections a client spreads its requests over.
const connections = 4

// client makes requests with as little work as possible, since it shares the cores with what it measures: bodies are encoded
// before the clock runs, and answers are decoded only where something is read out of them.
type client struct {
	base       string
	transports []*http.Transport
	turn       atomic.Uint64
}

// connect makes a client by a kubeconfig; the connections are made when they are needed.
func connect(kubeconfig string) (*client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	t, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig's keys: %w", err)
	}
	return newClient(config.Host, t), nil
}

func newClient(base string, config *tls.Config) *client {
	c := &client{base: strings.TrimSuffix(base, "/")}
	for range connections {
		c.transports = append(c.transports, &http.Transport{TLSClientConfig: config.Clone(), ForceAttemptHTTP2: true, DisableCompression: true})
	}
	return c
}

func (c *client) close() {
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}

// statusError is an answer that is no success.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return fmt.Sprintf("HTTP %d: %s", e.code, e.text) }

func isStatus(err error, code int) bool {
	var s *statusError
	return errors.As(err, &s) && s.code == code
}

// open makes a request and returns the answer, whose body the caller closes.
func (c *client) open(ctx context.Context, method, path string, body []byte, in media) (*http.Response, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header["Content-Type"] = []string{string(in)}
	}
	if in == asApply {
		in = asProtobuf
	}
	request.Header["Accept"] = []string{string(in)}
	answer, err := c.transports[c.turn.Add(1)%connections].RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 500))
		return nil, fmt.Errorf("%s %s: %w", method, path, &statusError{answer.StatusCode, strings.TrimSpace(string(text))})
	}
	return answer, nil
}

// send makes a request and drops the answer; n is how many bytes it had.
func (c *client) send(ctx context.Context, method, path string, body []byte, in media) (n int64, err error) {
	answer, err := c.open(ctx, method, path, body, in)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	return io.Copy(io.Discard, answer.Body)
}

// get returns the body of the answer.
func (c *client) get(ctx context.Context, path string, in media) ([]byte, error) {
	answer, err := c.open(ctx, http.MethodGet, path, nil, in)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// await makes a GET until it succeeds or the time is over.
func (c *client) await(ctx context.Context, path string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		_, err := c.send(ctx, http.MethodGet, path, nil, asJSON)
		if err == nil || !isStatus(err, http.StatusNotFound) {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%w, still after %v", err, timeout)
		}
	}
}
