package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"argosy.dev/test/e2e/cluster"
)

// A client that stops reading its watch costs the server a bounded piece of memory, and nobody else anything.
func TestClientThatStopsReading(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	api := c.API(t).CoreV1().ConfigMaps("default")
	const path = "/api/v1/namespaces/default/configmaps?watch=true"
	var stuck []net.Conn
	for range 10 {
		stuck = append(stuck, openWatch(t, c, path))
	}
	lively, err := api.Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	before := memory(t, c)

	// 60 MB of events, for each of the ten.
	const objects = 300
	filler := strings.Repeat("0123456789abcdef", 200_000/16)
	for i := range objects {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("m-%03d", i)}, Data: map[string]string{"filler": filler}}
		if _, err := api.Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	timeout := time.After(awaitTimeout)
	for i := 0; i < objects; {
		select {
		case event, ok := <-lively.ResultChan():
			if !ok {
				t.Fatalf("the watch of a client that reads ended after %d events", i)
			}
			if event.Type == watch.Added {
				i++
			}
		case <-timeout:
			t.Fatalf("the client that reads has seen %d of %d objects", i, objects)
		}
	}
	// What is stored is in memory once; ten times would be 600 MB.
	if grown := memory(t, c) - before; grown > 300<<20 {
		t.Errorf("the server grew by %d MB", grown>>20)
	}

	// Whoever reads again sees events in order and without a gap, until the stream breaks off: to be begun again from there.
	_ = stuck[0].SetReadDeadline(time.Now().Add(awaitTimeout))
	decoder := json.NewDecoder(bufio.NewReader(body(t, stuck[0])))
	seen := 0
	for ; seen < objects; seen++ {
		var event struct {
			Type   string
			Object corev1.ConfigMap
		}
		if decoder.Decode(&event) != nil {
			break
		}
		if want := fmt.Sprintf("m-%03d", seen); event.Type != "ADDED" || event.Object.Name != want {
			t.Fatalf("event %d is %s %s, want %s", seen, event.Type, event.Object.Name, want)
		}
	}
	t.Logf("a client that did not read was left with %d of %d events", seen, objects)
}

// openWatch begins a watch on a connection of its own and does not read from it.
func openWatch(t *testing.T, c *cluster.Cluster, path string) net.Conn {
	t.Helper()
	config, err := rest.TLSConfigFor(c.REST(t))
	if err != nil {
		t.Fatal(err)
	}
	config.NextProtos = []string{"http/1.1"}
	address := strings.TrimPrefix(c.REST(t).Host, "https://")
	config.ServerName, _, _ = net.SplitHostPort(address)
	raw, err := c.Host.Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(raw, config)
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: argosy\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	return conn
}

// body reads the head of an answer and returns its body.
func body(t *testing.T, conn net.Conn) interface{ Read([]byte) (int, error) } {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response.Body
}

// memory is what the server has resident, in bytes.
func memory(t *testing.T, c *cluster.Cluster) int {
	t.Helper()
	for line := range strings.Lines(read(t, filepath.Join("/proc", strconv.Itoa(c.Pid()), "status"))) {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			if kB, err := strconv.Atoi(strings.Fields(text)[0]); err == nil {
				return kB << 10
			}
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// Thousands of watches: each sees every event, and what they cost goes with them.
func TestThousandsOfWatches(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	const connections, each, events = 4, 750, 3
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := sockets(t, c)

	var opened, done sync.WaitGroup
	opened.Add(connections * each)
	done.Add(connections * each)
	failed := make(chan error, connections*each)
	var leave []func()
	for range connections {
		api, closeIdle := separate(t, c)
		leave = append(leave, closeIdle)
		for range each {
			go func() {
				defer done.Done()
				failed <- followAll(ctx, api, events, &opened)
			}()
		}
	}
	opened.Wait()
	began := time.Now()
	writer := c.API(t)
	for i := range events {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("m-%d", i)}}
		if _, err := writer.CoreV1().ConfigMaps("default").Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	done.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d watches have seen %d events each after %v", connections*each, events, time.Since(began).Round(time.Millisecond))
	cancel()
	for _, closeIdle := range leave {
		closeIdle()
	}
	cluster.Eventually(t, 20*time.Second, "connections of clients that left are closed", func() error {
		if now := sockets(t, c); now > before+3 {
			return fmt.Errorf("%d sockets are open, %d were before", now, before)
		}
		return nil
	})
}

// followAll watches until it has seen so many events.
func followAll(ctx context.Context, api *kubernetes.Clientset, events int, opened *sync.WaitGroup) error {
	w, err := api.CoreV1().ConfigMaps("default").Watch(ctx, metav1.ListOptions{})
	opened.Done()
	if err != nil {
		return err
	}
	defer w.Stop()
	timeout := time.NewTimer(60 * time.Second)
	defer timeout.Stop()
	for i := range events {
		select {
		case event, ok := <-w.ResultChan():
			if !ok {
				return fmt.Errorf("a watch ended after %d events", i)
			}
			if object, ok := event.Object.(*corev1.ConfigMap); !ok || object.Name != fmt.Sprintf("m-%d", i) {
				return fmt.Errorf("event %d is %s %v", i, event.Type, event.Object)
			}
		case <-timeout.C:
			return fmt.Errorf("a watch has seen %d of %d events", i, events)
		}
	}
	return nil
}

// separate is a client with connections of its own, and what closes those that nothing goes over.
func separate(t *testing.T, c *cluster.Cluster) (api *kubernetes.Clientset, closeIdle func()) {
	t.Helper()
	config := c.REST(t)
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: tlsConfig, DialContext: c.Host.Dial, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	api, err = kubernetes.NewForConfigAndClient(&rest.Config{Host: config.Host, QPS: -1}, &http.Client{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return api, transport.CloseIdleConnections
}

// sockets counts the server's sockets.
func sockets(t *testing.T, c *cluster.Cluster) int {
	t.Helper()
	dir := filepath.Join("/proc", strconv.Itoa(c.Pid()), "fd")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if to, _ := os.Readlink(filepath.Join(dir, e.Name())); strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
