package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"argosy.dev/server"
	"argosy.dev/server/http2"
)

// Thousands of watches over a few connections all get each event, and are gone when the server stops.
func TestThousandsOfWatches(t *testing.T) {
	const watches = 2000
	s := whole(t, server.Options{})
	web := httptest.NewUnstartedServer(s)
	web.EnableHTTP2 = true
	http2.New(http2.Options{Streams: watches}).Attach(web.Config)
	web.StartTLS()
	defer web.Close()
	client := web.Client()
	var began, told, ended sync.WaitGroup
	for range watches {
		began.Add(1)
		told.Add(1)
		ended.Add(1)
		go func() {
			defer ended.Done()
			resp, err := client.Get(web.URL + configMaps + "?watch=true")
			began.Done()
			if err != nil {
				told.Done()
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			line, err := bufio.NewReader(resp.Body).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, `{"type":"ADDED","object":{"kind":"ConfigMap"`) {
				t.Errorf("a watch was told %q, %v", line, err)
			}
			told.Done()
			_, _ = io.Copy(io.Discard, resp.Body)
		}()
	}
	began.Wait()
	if w := ask(s, "POST", configMaps, configMap("a"), "Content-Type", jsonBody); w.Code != 201 {
		t.Fatal(w.Body)
	}
	told.Wait()
	client.CloseIdleConnections()
	web.CloseClientConnections()
	ended.Wait()
}

// A client that stops reading is cut off, and nobody else waits for it.
func TestStalledWatcherIsDropped(t *testing.T) {
	s := whole(t, server.Options{WatchWriteTimeout: time.Second})
	web := httptest.NewUnstartedServer(s)
	closed := make(chan string, 10)
	web.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- c.RemoteAddr().String()
		}
	}
	web.Start()
	defer web.Close()
	address, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	stalled, err := net.Dial("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	fmt.Fprintf(stalled, "GET %s?watch=true HTTP/1.1\r\nHost: x\r\n\r\n", configMaps)
	first := make([]byte, 1)
	if _, err := io.ReadFull(stalled, first); err != nil { // its answer has begun; no more is read of it
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", web.URL+configMaps+"?watch=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	reader := bufio.NewReaderSize(resp.Body, 1<<20)

	// More than all the buffers on the way can hold.
	const objects = 40
	large := strings.Repeat("x", 512<<10)
	for i := range objects {
		body := fmt.Sprintf(`{"metadata":{"name":"c%d"},"data":{"k":%q}}`, i, large)
		if w := ask(s, "POST", configMaps, body, "Content-Type", jsonBody); w.Code != 201 {
			t.Fatalf("%d %.200s", w.Code, w.Body)
		}
		line, err := reader.ReadString('\n')
		if err != nil || !strings.Contains(line[:200], fmt.Sprintf(`"name":"c%d"`, i)) {
			t.Fatalf("event %d: %.100s, %v", i, line, err)
		}
	}
	select {
	case who := <-closed:
		if who != stalled.LocalAddr().String() {
			t.Errorf("the connection of %s was cut, want that of %s", who, stalled.LocalAddr())
		}
	case <-ctx.Done():
		t.Error("the watch of the client that does not read goes on")
	}
}

// One object can be watched by the old path or by its name as a field; bare metadata comes in the version that is asked for.
func TestWatchOfOneObject(t *testing.T) {
	s := whole(t, server.Options{})
	for _, name := range []string{"a", "b"} {
		if w := ask(s, "POST", configMaps, configMap(name), "Content-Type", jsonBody); w.Code != 201 {
			t.Fatal(w.Body)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	read := func(path, query string, header ...string) string {
		r := httptest.NewRequest("GET", path+"?"+query, nil).WithContext(ctx)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Body.String()
	}
	// The old path watches; the parameter is for collections, and means nothing with a name.
	if got := read("/api/v1/watch/namespaces/default/configmaps/a", ""); !strings.HasPrefix(got, `{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"`) || strings.Count(got, "\n") != 1 {
		t.Errorf("the old path: %s", got)
	}
	if got := read(configMaps+"/a", "watch=true"); !strings.HasPrefix(got, `{"kind":"ConfigMap"`) {
		t.Errorf("a get with watch=true: %s", got)
	}
	got := read(configMaps, "watch=true&fieldSelector=metadata.name%3Db", "Accept", "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io")
	if !strings.HasPrefix(got, `{"type":"ADDED","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1beta1","metadata":{"name":"b"`) {
		t.Errorf("bare metadata: %s", got)
	}
}
