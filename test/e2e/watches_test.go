package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"argosy.dev/test/e2e/cluster"
)

// How a watch begins and ends, in each form of its objects.
func TestWatches(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	api := c.API(t).CoreV1().ConfigMaps("default")
	for _, name := range []string{"a", "b"} {
		if _, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := api.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const initial = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
	for form, kind := range map[string]string{
		"application/json": "ConfigMap", "application/json;as=Table;v=v1;g=meta.k8s.io": "Table", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io": "PartialObjectMetadata",
	} {
		for _, version := range []string{"", "&resourceVersion=0", "&resourceVersion=" + list.ResourceVersion, "&resourceVersion=1"} {
			_, events := watchFor(t, c, initial+version, form, 3)
			if got := told(events); got != "ADDED a, ADDED b, BOOKMARK end" {
				t.Errorf("%s%s: %s", form, version, got)
				continue
			}
			if end := events[2].Object; end.Kind != kind || kind != "Table" && end.Metadata.ResourceVersion < list.ResourceVersion {
				t.Errorf("%s%s ends its list with %+v", form, version, end)
			}
		}
	}
	for query, want := range map[string]string{
		initial + "&labelSelector=app%3Db":                                                      "ADDED b, BOOKMARK end",
		initial + "&fieldSelector=metadata.name%3Dnone":                                         "BOOKMARK end",
		strings.Replace(initial, "&allowWatchBookmarks=true", "", 1) + "&timeoutSeconds=1":      "ADDED a, ADDED b",
		"watch=true&timeoutSeconds=1":                                                           "ADDED a, ADDED b",
		"watch=true&timeoutSeconds=1&resourceVersion=0&allowWatchBookmarks=true":                "ADDED a, ADDED b",
		"watch=true&timeoutSeconds=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan": "",
		"watch=true&timeoutSeconds=1&resourceVersion=" + list.ResourceVersion:                   "",
		"watch=true&timeoutSeconds=1&resourceVersion=" + list.Items[0].ResourceVersion:          "ADDED b",
		"watch=true&timeoutSeconds=1&labelSelector=app%21%3Db":                                  "ADDED a",
		"watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Da":                              "ADDED a",
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			n := 0
			if strings.HasSuffix(want, "end") {
				n = strings.Count(want, ",") + 1
			}
			began := time.Now()
			code, events := watchFor(t, c, query, "application/json", n)
			if got := told(events); code != 200 || got != want {
				t.Errorf("%d %s, want %s", code, got, want)
			}
			if took := time.Since(began); n == 0 && (took < 900*time.Millisecond || took > 20*time.Second) {
				t.Errorf("a watch of a second took %v", took)
			}
		})
	}
	for _, query := range []string{"watch=true&sendInitialEvents=true", "watch=true&resourceVersionMatch=NotOlderThan", "watch=true&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1", "sendInitialEvents=true&resourceVersionMatch=NotOlderThan"} {
		if code, _ := watchFor(t, c, query, "application/json", 1); code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, code)
		}
	}
}

// told is what events tell, in short.
func told(events []streamed) string {
	var all []string
	for _, e := range events {
		name := e.Object.Metadata.Name
		annotations := e.Object.Metadata.Annotations
		if len(e.Object.Rows) > 0 {
			name, annotations = e.Object.Rows[0].Object.Name, e.Object.Rows[0].Object.Annotations
		}
		if annotations[metav1.InitialEventsAnnotationKey] == "true" {
			name = "end"
		}
		all = append(all, e.Type+" "+name)
	}
	return strings.Join(all, ", ")
}

// What comes to match a selector is added, what ceases to is deleted, in the state that it had when it still did.
func TestWatchOfASelection(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	api := c.API(t).CoreV1().ConfigMaps("default")
	w, err := api.Watch(t.Context(), metav1.ListOptions{LabelSelector: "colour=red"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if _, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "m", Labels: map[string]string{"colour": "blue"}}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	var versions []string
	for _, patch := range []string{`{"metadata":{"labels":{"colour":"red"}}}`, `{"data":{"a":"b"}}`, `{"metadata":{"labels":{"colour":"blue"}}}`, `{"metadata":{"labels":{"colour":"red"}}}`} {
		m, err := api.Patch(t.Context(), "m", types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, m.ResourceVersion)
	}
	if err := api.Delete(t.Context(), "m", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"ADDED red", "MODIFIED red", "DELETED red", "ADDED red", "DELETED red"} {
		e := nextEvent(t, w)
		m, ok := e.Object.(*corev1.ConfigMap)
		if !ok || string(e.Type)+" "+m.Labels["colour"] != want {
			t.Fatalf("event %d is %s %+v, want %s", i, e.Type, e.Object, want)
		}
		if i < len(versions) && m.ResourceVersion != versions[i] || i == len(versions) && m.ResourceVersion <= versions[i-1] {
			t.Errorf("event %d, %s, is of version %s; versions are %v", i, want, m.ResourceVersion, versions)
		}
	}
}

// A thousand watches over two connections see every event, though on each of these connections others do not read theirs.
func TestSlowReadersAmongMany(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	const connections, each, objects = 2, 500, 40
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func(client *http.Client, accept string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.REST(t).Host+"/api/v1/namespaces/default/secrets?watch=true", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", accept)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != 200 || answer.ProtoMajor != 2 {
			t.Fatalf("%s over %s", answer.Status, answer.Proto)
		}
		return answer
	}
	var readers sync.WaitGroup
	missed := make(chan string, connections*each)
	for range connections {
		config, err := rest.TLSConfigFor(c.REST(t))
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport}
		for range 5 { // in whole, and never read
			defer open(client, "application/json").Body.Close()
		}
		for range each {
			answer := open(client, "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")
			readers.Go(func() {
				defer answer.Body.Close()
				lines := bufio.NewReader(answer.Body)
				for i := range objects {
					line, err := lines.ReadString('\n')
					if err != nil || !strings.Contains(line, fmt.Sprintf(`"name":"s-%03d"`, i)) {
						missed <- fmt.Sprintf("event %d is %.200s, %v", i, line, err)
						return
					}
				}
			})
		}
	}
	api := c.API(t).CoreV1().Secrets("default")
	filler := []byte(strings.Repeat("x", 500_000))
	for i := range objects { // 27 MB in base64, for each of those who do not read
		if _, err := api.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("s-%03d", i)}, Data: map[string][]byte{"filler": filler}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan struct{})
	go func() {
		readers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(awaitTimeout):
		t.Error("some readers have not seen everything")
	}
	select {
	case what := <-missed:
		t.Errorf("%d readers missed something: %s", len(missed)+1, what)
	default:
	}
	if used := memory(t, c); used > 600<<20 {
		t.Errorf("the server has %d MB resident", used>>20)
	}
}
