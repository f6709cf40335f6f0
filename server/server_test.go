package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"argosy.dev/cache"
	"argosy.dev/kinds/apps/deployment"
	"argosy.dev/resource"
	"argosy.dev/server"
	"argosy.dev/store/embedded"
)

// start serves deployments over plain HTTP with everybody allowed, and returns the address.
func start(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(s, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	p := resource.New(resource.Options{Store: s, Cache: c, Log: slog.Default()})
	if _, err := p.Add(ctx, deployment.Kind()); err != nil {
		t.Fatal(err)
	}
	srv := server.New(server.Options{Pipeline: p, Log: slog.Default()})
	web := httptest.NewServer(srv)
	t.Cleanup(func() {
		srv.Shutdown()
		web.Close()
		c.Close()
		s.Close()
	})
	return web.URL
}

const deployments = "/apis/apps/v1/namespaces/default/deployments"

func manifest(name string) string {
	return fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q,"labels":{"app":%q}},"spec":{"selector":{"matchLabels":{"a":"b"}},
"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`, name, name)
}

func do(t *testing.T, method, url, body string, header ...string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, data
}

func TestEveryEncodingIsTheSameObject(t *testing.T) {
	url := start(t)
	if code, _, body := do(t, "POST", url+deployments, manifest("web"), "Content-Type", "application/json"); code != 201 {
		t.Fatalf("create answered %d: %s", code, body)
	}
	for _, media := range []string{"application/json", "application/vnd.kubernetes.protobuf"} {
		client := kubernetes.NewForConfigOrDie(&rest.Config{Host: url, ContentConfig: rest.ContentConfig{AcceptContentTypes: media, ContentType: media}})
		ctx := context.Background()
		d, err := client.AppsV1().Deployments("default").Get(ctx, "web", metav1.GetOptions{})
		if err != nil {
			t.Fatalf("%s: %v", media, err)
		}
		if d.Name != "web" || d.Spec.Template.Spec.Containers[0].Image != "i" || d.ResourceVersion == "" {
			t.Errorf("%s: got %+v", media, d)
		}
		list, err := client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		if err != nil || len(list.Items) == 0 || list.ResourceVersion == "" {
			t.Errorf("%s: list gave %d, %v", media, len(list.Items), err)
		}
		d.Name, d.ResourceVersion, d.UID = "other-"+media[len(media)-4:], "", ""
		if _, err := client.AppsV1().Deployments("default").Create(ctx, d, metav1.CreateOptions{}); err != nil {
			t.Errorf("%s: create: %v", media, err)
		}
		w, err := client.AppsV1().Deployments("default").Watch(ctx, metav1.ListOptions{})
		if err != nil {
			t.Fatalf("%s: watch: %v", media, err)
		}
		ev := <-w.ResultChan()
		w.Stop()
		if got, ok := ev.Object.(*appsv1.Deployment); !ok || ev.Type != "ADDED" || got.Namespace != "default" {
			t.Errorf("%s: the first event is %s %T", media, ev.Type, ev.Object)
		}
	}
	code, _, yaml := do(t, "GET", url+deployments+"/web", "", "Accept", "application/yaml")
	if code != 200 || !bytes.HasPrefix(yaml, []byte("apiVersion: apps/v1\nkind: Deployment\n")) {
		t.Errorf("yaml: %d %.80s", code, yaml)
	}
}

// Lists are written row by row; indented ones, and watches, are not. Both say the same.
func TestTablesAreTheSameEitherWay(t *testing.T) {
	s := whole(t, server.Options{})
	for _, name := range []string{"a", "b", "c"} {
		if w := ask(s, "POST", configMaps, configMap(name), "Content-Type", jsonBody); w.Code != 201 {
			t.Fatal(w.Body)
		}
	}
	for _, query := range []string{"", "?includeObject=Object", "?includeObject=None", "?limit=2", "?fieldSelector=metadata.name%3Dnobody"} {
		separator := "?"
		if query != "" {
			separator = "&"
		}
		const accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
		streamed, indented := ask(s, "GET", configMaps+query, "", "Accept", accept), ask(s, "GET", configMaps+query+separator+"pretty=1", "", "Accept", accept)
		var compact bytes.Buffer
		if err := json.Compact(&compact, indented.Body.Bytes()); err != nil || streamed.Code != 200 || streamed.Body.String() != strings.TrimSpace(compact.String())+"\n" {
			t.Errorf("%s: %v\n%s\n%s", query, err, streamed.Body, compact.String())
		}
	}
}

func TestIndentedLists(t *testing.T) {
	s := whole(t, server.Options{})
	for _, name := range []string{"a", "b", "c"} {
		if w := ask(s, "POST", configMaps, configMap(name), "Content-Type", jsonBody); w.Code != 201 {
			t.Fatal(w.Body)
		}
	}
	for _, query := range []string{"?", "?limit=1", "?limit=2", "?fieldSelector=metadata.name%3Dnobody"} {
		plain, indented := ask(s, "GET", configMaps+query, ""), ask(s, "GET", configMaps+query+"&pretty=1", "")
		var want bytes.Buffer
		if err := json.Indent(&want, plain.Body.Bytes(), "", "  "); err != nil {
			t.Fatal(err)
		}
		if got := indented.Body.String(); got != want.String() {
			t.Errorf("%s: %s\nwant %s", query, got, want.String())
		}
	}
}

func TestTablesAndMetadata(t *testing.T) {
	url := start(t)
	do(t, "POST", url+deployments, manifest("web"), "Content-Type", "application/json")
	_, _, body := do(t, "GET", url+deployments, "", "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
	var table metav1.Table
	if err := json.Unmarshal(body, &table); err != nil || table.Kind != "Table" || len(table.Rows) != 1 || table.Rows[0].Cells[0] != "web" || table.ColumnDefinitions[1].Name != "Ready" {
		t.Errorf("table: %v: %.300s", err, body)
	}
	_, _, body = do(t, "GET", url+deployments, "", "Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
	var partial metav1.PartialObjectMetadataList
	if err := json.Unmarshal(body, &partial); err != nil || partial.Kind != "PartialObjectMetadataList" || len(partial.Items) != 1 || partial.Items[0].Name != "web" {
		t.Errorf("partial: %v: %.300s", err, body)
	}
}

func TestRefusals(t *testing.T) {
	url := start(t)
	do(t, "POST", url+deployments, manifest("web"), "Content-Type", "application/json")
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		code                     int
		reason                   metav1.StatusReason
	}{
		{"unknown object", "GET", deployments + "/none", "", nil, 404, metav1.StatusReasonNotFound},
		{"broken JSON", "POST", deployments, "{", []string{"Content-Type", "application/json"}, 400, metav1.StatusReasonBadRequest},
		{"unknown field, strict", "POST", deployments + "?fieldValidation=Strict", strings.Replace(manifest("x"), `"spec"`, `"spek":1,"spec"`, 1), []string{"Content-Type", "application/json"}, 400, metav1.StatusReasonBadRequest},
		{"wrong kind", "POST", deployments, `{"apiVersion":"v1","kind":"Pod"}`, []string{"Content-Type", "application/json"}, 400, metav1.StatusReasonBadRequest},
		{"exists", "POST", deployments, manifest("web"), []string{"Content-Type", "application/json"}, 409, metav1.StatusReasonAlreadyExists},
		{"invalid", "POST", deployments, `{"metadata":{"name":"A"},"spec":{"replicas":-1}}`, []string{"Content-Type", "application/json"}, 422, metav1.StatusReasonInvalid},
		{"media type", "POST", deployments, "x", []string{"Content-Type", "text/plain"}, 415, metav1.StatusReasonUnsupportedMediaType},
		{"accept", "GET", deployments, "", []string{"Accept", "text/plain"}, 406, metav1.StatusReasonNotAcceptable},
		{"selector", "GET", deployments + "?fieldSelector=spec.x%3D1", "", nil, 400, metav1.StatusReasonBadRequest},
		{"old version", "GET", deployments + "?resourceVersion=99999999", "", nil, 504, metav1.StatusReasonTimeout},
		{"method", "POST", deployments + "/web", "{}", nil, 405, metav1.StatusReasonMethodNotAllowed},
	} {
		if c.name == "old version" && testing.Short() {
			continue
		}
		code, _, body := do(t, c.method, url+c.path, c.body, c.header...)
		var status metav1.Status
		if err := json.Unmarshal(body, &status); err != nil {
			t.Errorf("%s: the answer is no Status: %.200s", c.name, body)
			continue
		}
		if code != c.code || int(status.Code) != c.code || c.reason != "" && status.Reason != c.reason {
			t.Errorf("%s: got %d %s %q, want %d %s", c.name, code, status.Reason, status.Message, c.code, c.reason)
		}
	}
}

func TestWatchTellsEveryStep(t *testing.T) {
	url := start(t)
	resp, err := http.Get(url + deployments + "?watch=true&labelSelector=app%3Dweb&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() (kind string, object metav1.PartialObjectMetadata) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the stream ended: %v", lines.Err())
		}
		var ev struct {
			Type   string
			Object metav1.PartialObjectMetadata
		}
		if err := json.Unmarshal(lines.Bytes(), &ev); err != nil {
			t.Fatal(err)
		}
		return ev.Type, ev.Object
	}
	if kind, obj := next(); kind != "BOOKMARK" || obj.Annotations[metav1.InitialEventsAnnotationKey] != "true" {
		t.Errorf("first came %s %v, want the end of the initial events", kind, obj.Annotations)
	}
	do(t, "POST", url+deployments, manifest("other"), "Content-Type", "application/json")
	do(t, "POST", url+deployments, manifest("web"), "Content-Type", "application/json")
	if kind, obj := next(); kind != "ADDED" || obj.Name != "web" || obj.Kind != "Deployment" {
		t.Errorf("then came %s of %s %s", kind, obj.Kind, obj.Name)
	}
	do(t, "PATCH", url+deployments+"/web", `{"metadata":{"labels":{"app":"gone"}}}`, "Content-Type", "application/merge-patch+json")
	if kind, obj := next(); kind != "DELETED" || obj.Labels["app"] != "web" {
		t.Errorf("when it no longer matched came %s %v", kind, obj.Labels)
	}
}
