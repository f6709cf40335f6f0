package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"argosy.dev/resource"
	"argosy.dev/server"
)

// zeros is a body of a length, which counts what is taken of it.
type zeros struct {
	left  int64
	taken atomic.Int64
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	z.left -= n
	z.taken.Add(n)
	clear(p[:n])
	return int(n), nil
}

// A body that is too large is refused before it has come, whether it says its length or not.
func TestGigabyteBodies(t *testing.T) {
	web := httptest.NewServer(whole(t, server.Options{}))
	defer web.Close()
	const gigabyte, enough = 1 << 30, 16 << 20
	for _, length := range []int64{gigabyte, -1} {
		body := &zeros{left: gigabyte}
		r, err := http.NewRequest("POST", web.URL+configMaps, body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header.Set("Content-Type", jsonBody)
		resp, err := http.DefaultClient.Do(r)
		switch {
		case err == nil:
			if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(text), "limit is 3145728") {
				t.Errorf("length %d: got %d %s", length, resp.StatusCode, text)
			}
			resp.Body.Close()
		case errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("length %d: %v", length, err)
		default:
			// The connection was cut while the client was still sending: refused as well.
		}
		if n := body.taken.Load(); n > enough {
			t.Errorf("length %d: %d bytes were taken", length, n)
		}
	}
}

// What a small body may not do: cost much more than its size.
func TestBombs(t *testing.T) {
	s := whole(t, server.Options{})
	bomb := new(strings.Builder)
	bomb.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := range 12 {
		fmt.Fprintf(bomb, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i+1, i+1, i, i, i, i, i, i, i, i, i, i)
	}
	if w := ask(s, "POST", configMaps, configMap("a"), "Content-Type", jsonBody); w.Code != 201 {
		t.Fatal(w.Body)
	}
	var copies bytes.Buffer
	copies.WriteString(`[{"op":"add","path":"/data/z","value":"` + strings.Repeat("x", 1000) + `"},{"op":"add","path":"/x","value":{}}`)
	for range 40 {
		copies.WriteString(`,{"op":"copy","from":"/x","path":"/x/x"},{"op":"copy","from":"/data","path":"/x/y"},{"op":"copy","from":"/x","path":"/data/x"}`)
	}
	copies.WriteString("]")
	for name, c := range map[string]struct {
		method, url, media, body string
		codes                    [2]int
	}{
		"YAML aliases":      {"POST", configMaps, resource.MediaYAML, bomb.String(), [2]int{400, 400}},
		"an endless alias":  {"POST", configMaps, resource.MediaYAML, "a: &a [*a]", [2]int{400, 400}},
		"deep JSON":         {"POST", configMaps, jsonBody, strings.Repeat(`{"a":`, 1<<19), [2]int{400, 400}},
		"deep arrays":       {"POST", configMaps, jsonBody, strings.Repeat("[", 3<<20), [2]int{400, 400}},
		"deep YAML":         {"POST", configMaps, resource.MediaYAML, strings.Repeat("[", 1<<20), [2]int{400, 400}},
		"deep YAML maps":    {"POST", configMaps, resource.MediaYAML, strings.Repeat("{a: ", 1<<19), [2]int{400, 400}},
		"deep merge patch":  {"PATCH", configMaps + "/a", mergePatch, strings.Repeat(`{"a":`, 1<<19), [2]int{400, 400}},
		"deep strategic":    {"PATCH", configMaps + "/a", strategic, strings.Repeat(`{"a":`, 1<<19), [2]int{400, 400}},
		"deep JSON patch":   {"PATCH", configMaps + "/a", jsonPatch, strings.Repeat(`[`, 1<<20), [2]int{400, 400}},
		"copies of copies":  {"PATCH", configMaps + "/a", jsonPatch, copies.String(), [2]int{413, 422}},
		"digits":            {"POST", configMaps, jsonBody, `{"metadata":{"generation":` + strings.Repeat("9", 1<<20) + `}}`, [2]int{400, 400}},
		"too large to keep": {"POST", configMaps, jsonBody, `{"metadata":{"name":"big"},"data":{"k":"` + strings.Repeat("x", 2<<20) + `"}}`, [2]int{413, 422}},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		w := ask(s, c.method, c.url, c.body, "Content-Type", c.media)
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if w.Code != c.codes[0] && w.Code != c.codes[1] {
			t.Errorf("%s: got %d %.200s, want %v", name, w.Code, w.Body, c.codes)
		}
		if took > slow || after.TotalAlloc-before.TotalAlloc > 1<<30 {
			t.Errorf("%s took %v and %d MiB", name, took, (after.TotalAlloc-before.TotalAlloc)>>20)
		}
		t.Logf("%s: %d, %v, %d MiB, %d bytes of answer", name, w.Code, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, w.Body.Len())
	}
}
