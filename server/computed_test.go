package server_test

import (
	"strings"
	"testing"

	"argosy.dev/server"
)

// What is computed is read like what is stored, and nothing else can be done with it.
func TestComputed(t *testing.T) {
	s := whole(t, server.Options{})
	const pods = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods"
	for _, c := range []struct {
		method, path, want string
		code               int
	}{
		{"GET", pods, `"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[{"metadata":{"name":"a","namespace":"default"`, 200},
		{"GET", pods + "/a", `{"kind":"PodMetrics","apiVersion":"metrics.k8s.io/v1beta1","metadata":{"name":"a"`, 200},
		{"GET", pods + "/b", `pods.metrics.k8s.io \"b\" not found`, 404},
		{"GET", "/apis/metrics.k8s.io/v1beta1/pods?fieldSelector=metadata.name%3Da", `"items":[{`, 200},
		{"GET", "/apis/metrics.k8s.io/v1beta1/namespaces/other/pods", `"items":[]`, 200},
		{"GET", pods + "?labelSelector=a%3Db", `"items":[]`, 200},
		{"GET", pods + "?fieldSelector=spec.nodeName%3Da", "field", 400},
		{"GET", pods + "?watch=true", "MethodNotAllowed", 405},
		{"DELETE", pods + "/a", "MethodNotAllowed", 405},
		{"POST", pods, "MethodNotAllowed", 405},
	} {
		w := ask(s, c.method, c.path, "")
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	if w := ask(s, "GET", "/api/v1/componentstatuses/a", ""); w.Code != 200 || !strings.Contains(w.Header().Get("Warning"), "v1 ComponentStatus is deprecated in v1.19+") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
