package serve_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/node/serve"
)

func TestWhoMay(t *testing.T) {
	handler := serve.New(options(&fake{}, newPod()))
	for _, c := range []struct {
		user, group, path string
		code              int
	}{
		{"", "", "/healthz", 200},
		{"", "", "/pods", 401},
		{"", "", "/exec/ns/p/c", 401},
		{"", "", "/nothing", 401},
		{"system:node:n", "system:nodes", "/pods", 403},
		{"somebody", "", "/containerLogs/ns/p/c", 403},
		{"somebody", "system:masters", "/pods", 200},
		{serve.APIServerUser, "", "/pods", 200},
		{serve.APIServerUser, "", "/nothing", 404},
		{"somebody", "", "/stats/summary", 403},
		{"somebody", "", "/logs/", 403},
		{"somebody", "", "/metrics", 403},
	} {
		w := httptest.NewRecorder()
		identified(handler, c.user, c.group).ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		if w.Code != c.code {
			t.Errorf("%q of %q gets %s: %d %s", c.user, c.group, c.path, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/pods", nil))
	if w.Code != 401 {
		t.Errorf("without TLS: %d", w.Code)
	}
}

func TestPods(t *testing.T) {
	_, body := get(t, start(t, options(&fake{}, newPod()))+"/pods")
	var list corev1.PodList
	if err := json.Unmarshal([]byte(body), &list); err != nil || list.Kind != "PodList" || len(list.Items) != 1 || list.Items[0].Name != "p" {
		t.Errorf("got %s", body)
	}
}

func TestLogParameters(t *testing.T) {
	f := &fake{}
	f.run(t, "1", "c", 0, runtimeapi.ContainerState_CONTAINER_EXITED, "one", "!two", "three")
	address := start(t, options(f, newPod())) + "/containerLogs/ns/p/c?"
	for query, want := range map[string]string{
		"":                                   "one\ntwo\nthree\n",
		"follow=true":                        "one\ntwo\nthree\n",
		"tailLines=2":                        "two\nthree\n",
		"tailLines=0":                        "",
		"limitBytes=5":                       "one\nt",
		"sinceTime=2026-01-01T00:01:00Z":     "two\nthree\n",
		"sinceSeconds=1":                     "",
		"stream=Stdout":                      "one\nthree\n",
		"stream=Stderr":                      "two\n",
		"stream=All":                         "one\ntwo\nthree\n",
		"timestamps=true&tailLines=1":        "2026-01-01T00:02:00Z three\n",
		"follow=true&limitBytes=3":           "one",
		"unknown=parameter&previous=false":   "one\ntwo\nthree\n",
		"follow=1&tailLines=1&timestamps=no": "2026-01-01T00:02:00Z three\n",
	} {
		if code, body := get(t, address+query); code != 200 || body != want {
			t.Errorf("%s: %d %q", query, code, body)
		}
	}
	for query, want := range map[string]string{
		"tailLines=x":               `parsing "x"`,
		"tailLines=-1":              "must be greater than or equal to 0",
		"sinceTime=yesterday":       "yesterday",
		"stream=Both":               `supported values: "All", "Stdout", "Stderr"`,
		"stream=Stdout&tailLines=1": "mutually exclusive",
		"sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z": "at most one of",
	} {
		if code, body := get(t, address+query); code != 400 && code != 422 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q", query, code, body)
		}
	}
}

func TestWhichLog(t *testing.T) {
	const running, exited, created = runtimeapi.ContainerState_CONTAINER_RUNNING, runtimeapi.ContainerState_CONTAINER_EXITED, runtimeapi.ContainerState_CONTAINER_CREATED
	type run struct {
		attempt uint32
		state   runtimeapi.ContainerState
	}
	for name, c := range map[string]struct {
		runs           []run
		status         []corev1.ContainerStatus
		path           string
		code           int
		want, previous string
	}{
		"first run":         {runs: []run{{0, running}}, code: 200, want: "run 0\n", previous: `previous terminated container "c" in pod "p" not found`},
		"second run":        {runs: []run{{0, exited}, {1, running}}, code: 200, want: "run 1\n", previous: "run 0\n"},
		"in any order":      {runs: []run{{2, running}, {0, exited}, {1, exited}}, code: 200, want: "run 2\n", previous: "run 1\n"},
		"ended for good":    {runs: []run{{0, exited}, {1, exited}}, code: 200, want: "run 1\n", previous: "run 0\n"},
		"waits for a run":   {runs: []run{{0, exited}, {1, exited}}, status: []corev1.ContainerStatus{waiting("CrashLoopBackOff")}, code: 200, want: "run 1\n", previous: "run 1\n"},
		"being made":        {runs: []run{{0, exited}, {1, created}}, status: []corev1.ContainerStatus{waiting("CrashLoopBackOff")}, code: 200, want: "run 0\n", previous: "run 0\n"},
		"status is late":    {runs: []run{{0, running}}, status: []corev1.ContainerStatus{waiting("ContainerCreating")}, code: 200, want: "run 0\n", previous: "previous terminated"},
		"not yet":           {status: []corev1.ContainerStatus{waiting("ContainerCreating")}, code: 400, want: `container "c" in pod "p" is waiting to start: ContainerCreating`, previous: "previous terminated"},
		"first being made":  {runs: []run{{0, created}}, status: []corev1.ContainerStatus{waiting("")}, code: 400, want: "is waiting to start: ContainerCreating", previous: "previous terminated"},
		"no image":          {status: []corev1.ContainerStatus{waiting("ErrImagePull")}, code: 400, want: "waiting to start: image can't be pulled", previous: "previous terminated"},
		"no image for long": {status: []corev1.ContainerStatus{waiting("ImagePullBackOff")}, code: 400, want: "waiting to start: trying and failing to pull image", previous: "previous terminated"},
		"removed":           {code: 400, want: `container "c" in pod "p" is not available`, previous: "previous terminated"},
		"no such container": {path: "/containerLogs/ns/p/x", code: 404, want: `container "x" not found in pod "p"`, previous: "not found"},
		"no such pod":       {path: "/containerLogs/ns/q/c", code: 404, want: `pod "q" not found`, previous: "not found"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{}
			for _, r := range c.runs {
				f.run(t, fmt.Sprint(r.attempt), "c", r.attempt, r.state, fmt.Sprintf("run %d", r.attempt))
			}
			f.run(t, "other", "d", 9, running, "of another container")
			if c.path == "" {
				c.path = "/containerLogs/ns/p/c"
			}
			address := start(t, options(f, newPod(c.status...))) + c.path
			if code, body := get(t, address); code != c.code || !strings.Contains(body, c.want) {
				t.Errorf("%d %q", code, body)
			}
			if _, body := get(t, address+"?previous=true"); !strings.Contains(body, c.previous) {
				t.Errorf("previous: %q", body)
			}
		})
	}
}

func TestLogThatIsGone(t *testing.T) {
	f := &fake{}
	f.run(t, "1", "c", 0, runtimeapi.ContainerState_CONTAINER_EXITED)
	f.logs["1"] = filepath.Join(t.TempDir(), "nothing")
	if code, body := get(t, start(t, options(f, newPod()))+"/containerLogs/ns/p/c"); code != 500 || !strings.Contains(body, `reading the log of container "c"`) {
		t.Errorf("%d %q", code, body)
	}
}

// A followed log is sent as it grows, and ends when the container does.
func TestFollow(t *testing.T) {
	f := &fake{}
	f.run(t, "1", "c", 0, runtimeapi.ContainerState_CONTAINER_RUNNING, "one")
	answer, err := http.Get(start(t, options(f, newPod())) + "/containerLogs/ns/p/c?follow=true")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	expect := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(answer.Body, got); err != nil || string(got) != want {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	expect("one\n")
	file, err := os.OpenFile(f.logs["1"], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, line := range []string{"two", "three"} {
		if _, err := file.WriteString(record(line)); err != nil {
			t.Fatal(err)
		}
		expect(line + "\n")
	}
	_, _ = file.WriteString(record("last"))
	f.set("1", runtimeapi.ContainerState_CONTAINER_EXITED)
	rest, err := io.ReadAll(answer.Body)
	if err != nil || string(rest) != "last\n" {
		t.Errorf("at the end came %q, %v", rest, err)
	}
}

// A client that goes ends the following.
func TestFollowerGoes(t *testing.T) {
	f := &fake{}
	f.run(t, "1", "c", 0, runtimeapi.ContainerState_CONTAINER_RUNNING, "one")
	handler, ended := identified(serve.New(options(f, newPod())), serve.APIServerUser), make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		handler.ServeHTTP(w, r)
	}))
	defer web.Close()
	answer, err := http.Get(web.URL + "/containerLogs/ns/p/c?follow=true")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, answer.Body, 4); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("the log is still followed")
	}
}

// One line longer than every buffer, and many: what is read is what was written.
func TestLargeLog(t *testing.T) {
	f := &fake{}
	long := strings.Repeat("x", 300<<10)
	lines := []string{long}
	for i := range 20000 {
		lines = append(lines, fmt.Sprint("line ", i))
	}
	f.run(t, "1", "c", 0, runtimeapi.ContainerState_CONTAINER_EXITED, lines...)
	code, body := get(t, start(t, options(f, newPod()))+"/containerLogs/ns/p/c")
	if want := strings.Join(lines, "\n") + "\n"; code != 200 || !bytes.Equal([]byte(body), []byte(want)) {
		t.Errorf("%d, %d bytes of %d", code, len(body), len(want))
	}
}
