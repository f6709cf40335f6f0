package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds/catalogue"
	"argosy.dev/resource"
	"argosy.dev/server"
)

// slow is longer than any request of a fuzz test may take.
const slow = 10 * time.Second

// survive puts a request to a server and checks that it is answered, in time, and not with an internal error. Streams are cut off.
func survive(t *testing.T, s *server.Server, method, path, query, media, body string) *httptest.ResponseRecorder {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), slow)
	defer cancel()
	r := httptest.NewRequest(method, "/", strings.NewReader(body)).WithContext(ctx)
	r.URL.Path, r.URL.RawQuery = path, query
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	w := httptest.NewRecorder()
	began := time.Now()
	s.ServeHTTP(w, r)
	if took := time.Since(began); took >= slow {
		t.Errorf("%s %s?%s took %v", method, path, query, took)
	}
	if w.Code < 500 {
		return w
	}
	var status metav1.Status
	if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil || status.Reason == metav1.StatusReasonInternalError {
		t.Errorf("%s %s?%s answered %d %s", method, path, query, w.Code, w.Body)
	}
	return w
}

func FuzzBody(f *testing.F) {
	s := whole(f, server.Options{})
	var urls []string
	for _, k := range catalogue.All() {
		urls = append(urls, collection(k))
	}
	// Nesting deeper than any stack, numbers larger than any type, a document that grows by its references.
	deep := `{"metadata":{"name":"a"},"spec":` + strings.Repeat(`{"a":[`, 1<<16) + strings.Repeat(`]}`, 1<<16) + `}`
	huge := `{"metadata":{"name":"a","generation":` + strings.Repeat("9", 1<<16) + `},"spec":{"replicas":-1e999,"cpu":"` + strings.Repeat("9", 1<<12) + `e18"}}`
	bomb := "a: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("b%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i+1, i, i, i, i, i, i, i, i)
	}
	f.Add(uint8(0), uint8(0), deep)
	f.Add(uint8(0), uint8(1), deep)
	f.Add(uint8(0), uint8(0), huge)
	f.Add(uint8(0), uint8(1), huge)
	for i := range urls {
		for _, body := range []string{configMap("a"), pod("p"), manifest("d"), "", "null", "[]", `""`, `{"metadata":null}`, `{"metadata":{"name":null,"labels":{"":null},"ownerReferences":[null],"finalizers":[null],"managedFields":[{}]},"spec":null}`,
			`{"kind":"List","items":[{}]}`, `{"metadata":{"name":"x","creationTimestamp":"9999-99-99T00:00:00Z"}}`, `{"spec":{"replicas":1e400}}`, `{"metadata":{"name":"a","name":"b"},"metadata":{"name":"c"},"kind":"X","kind":"ConfigMap"}`, "{\"data\":{\"\xff\":\"\xfe\"}}"} {
			f.Add(uint8(i), uint8(0), body)
		}
		f.Add(uint8(i), uint8(1), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\na: *b\n")
		f.Add(uint8(i), uint8(1), "a: &a [*a]")
		f.Add(uint8(i), uint8(1), bomb)
		f.Add(uint8(i), uint8(2), configMapProtobuf("a"))
		f.Add(uint8(i), uint8(2), "k8s\x00\x0a\xff\xff\xff\xff\x0f")
	}
	kinds := []string{resource.MediaJSON, resource.MediaYAML, resource.MediaProtobuf}
	f.Fuzz(func(t *testing.T, which, media uint8, body string) {
		url := urls[int(which)%len(urls)]
		survive(t, s, http.MethodPost, url, "dryRun=All", kinds[int(media)%len(kinds)], body)
		survive(t, s, http.MethodPut, url+"/a", "dryRun=All&fieldValidation=Strict", kinds[int(media)%len(kinds)], body)
		survive(t, s, http.MethodDelete, url+"/a", "", kinds[int(media)%len(kinds)], body)
	})
}

func FuzzPatch(f *testing.F) {
	s, list := inhabited(f)
	objects := []string{deployments + "/d", configMaps + "/a", pods + "/p", deployments + "/d/status", deployments + "/d/scale"}
	for url, body := range map[string]string{deployments: manifest("d"), configMaps: configMap("a"), pods: pod("p")} {
		if w := ask(s, "POST", url, body, "Content-Type", jsonBody); w.Code != 201 {
			f.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	seeded := len(objects)
	for _, of := range list {
		objects = append(objects, of.url+"/"+of.name)
		for i := range of.kind.Subresources {
			if !of.kind.Subresources[i].Connect {
				objects = append(objects, of.url+"/"+of.name+"/"+of.kind.Subresources[i].Name)
			}
		}
	}
	media := []string{jsonPatch, mergePatch, strategic, "application/apply-patch+yaml"}
	for i := range seeded {
		for j := range media {
			for _, body := range []string{"", "null", "{}", "[]", `[{}]`, `[{"op":"copy","from":"","path":"/metadata/annotations"}]`, `[{"op":"add","path":"/spec/template/spec/containers/-1","value":{}}]`,
				`[{"op":"remove","path":""}]`, `[{"op":"replace","path":"","value":null}]`, `[{"op":"test","path":"/metadata","value":null},{"op":"move","from":"/metadata","path":"/metadata/labels"}]`,
				`{"metadata":null}`, `{"metadata":{"labels":null,"$patch":"delete"}}`, `{"spec":{"$patch":"replace"}}`, `{"$patch":"delete"}`, `{"spec":{"template":{"spec":{"containers":[null]}}}}`,
				`{"spec":{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"e"}]}],"$setElementOrder/containers":[{"name":"z"}]}}}}`, `{"spec":{"$retainKeys":["x"],"strategy":{"$retainKeys":[1]}}}`,
				`{"metadata":{"$deleteFromPrimitiveList/finalizers":[1]}}`, `{"metadata":{"managedFields":[{"fieldsV1":{"x":1}}]}}`, "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: d}\nspec: {replicas: [1]}"} {
				f.Add(uint8(i), uint8(j), body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which, kind uint8, body string) {
		url := objects[int(which)%len(objects)]
		query := "dryRun=All"
		m := media[int(kind)%len(media)]
		if strings.HasPrefix(m, "application/apply") {
			query += "&fieldManager=f&force=true"
		}
		survive(t, s, http.MethodPatch, url, query, m, body)
		survive(t, s, http.MethodPatch, url, query+"&fieldValidation=Strict", m, body)
	})
}

func FuzzQuery(f *testing.F) {
	s, list := inhabited(f)
	for _, q := range []string{"", "limit=-1", "limit=1&continue=eyJydiI6LTF9", "limit=9223372036854775807", "labelSelector=a,b in (c),!d,e>5", "labelSelector=%00", "fieldSelector=metadata.name%3Da,status.phase!%3DRunning",
		"resourceVersion=1&resourceVersionMatch=Exact", "pretty=maybe", "timeoutSeconds=-1", "dryRun=All&dryRun=x", "propagationPolicy=Orphan&gracePeriodSeconds=-5",
		"orphanDependents=x", "fieldValidation=%ff", "fieldManager=%01", "timeout=-1h", "includeObject=None", "%zz", "&&&=;"} {
		for i := range 5 {
			f.Add(uint8(13*i), q, "application/json")
		}
	}
	for i := range list {
		f.Add(uint8(i), "labelSelector=a", "application/json;as=Table;v=v1;g=meta.k8s.io")
	}
	f.Add(uint8(0), "", "*/*;q=NaN, application/*;q=1e-400,;;,")
	f.Fuzz(func(t *testing.T, which uint8, query, accept string) {
		of := list[int(which)%len(list)]
		if values, _ := url.ParseQuery(query); values.Get("resourceVersion") > "1" {
			t.Skip("a version of the future is waited for")
		}
		for _, path := range []string{of.url, of.url + "/" + of.name, of.url + "/" + of.name + "/status"} {
			ctx, cancel := context.WithTimeout(context.Background(), slow)
			r := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)
			r.URL.Path, r.URL.RawQuery = path, query
			r.Header.Set("Accept", accept)
			if w := r.URL.Query()["watch"]; len(w) > 0 {
				cancel()
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			cancel()
			if w.Code >= 500 && strings.Contains(w.Body.String(), "InternalError") {
				t.Errorf("GET %s?%s as %q answered %d %s", path, query, accept, w.Code, w.Body)
			}
		}
		survive(t, s, http.MethodDelete, of.url+"/none", query, "", "")
		survive(t, s, http.MethodPatch, of.url+"/none", query, mergePatch, "{}")
		survive(t, s, http.MethodDelete, of.url, query+"&dryRun=All", "", "")
	})
}

func FuzzPath(f *testing.F) {
	s := whole(f, server.Options{})
	for _, p := range []string{"/", "//", "/api", "/apis//", "/api/v1/namespaces//pods", "/api/v1/watch", "/api/v1/watch/pods/x/y/z", "/apis/apps/v1/namespaces/a/deployments/b/scale/c", "/openapi/v3", "/healthz/x", "/version/", "/api/v1/namespaces/a/finalize/b"} {
		for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "X"} {
			f.Add(m, p)
		}
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(method, " \t\r\n") || method == "" || strings.Contains(path, "watch") {
			t.Skip()
		}
		if _, err := http.NewRequest(method, "/", nil); err != nil {
			t.Skip()
		}
		survive(t, s, method, path, "", jsonBody, "{}")
	})
}
