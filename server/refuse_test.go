package server_test

import (
	"net/http"
	"strings"
	"testing"

	"argosy.dev/server"
)

// What the router and negotiation refuse, before any verb is asked.
func TestRefusalsOfTheRouter(t *testing.T) {
	s := whole(t, server.Options{})
	ask(s, "POST", configMaps, configMap("a"), "Content-Type", jsonBody)
	const absent, method = "the server could not find the requested resource", "the server does not allow this method on the requested resource"
	for _, c := range []struct {
		method, url string
		header      []string
		code        int
		message     string // "": plain text
	}{
		{"GET", "/api/v1/nonsense", nil, 404, absent},
		{"GET", "/api/v2/pods", nil, 404, absent},
		{"GET", "/api/v2", nil, 404, absent},
		{"GET", "/apis/apps/v9/deployments", nil, 404, absent},
		{"GET", "/apis/apps/v9", nil, 404, absent},
		{"GET", pods + "/p/nonsense", nil, 404, absent},
		{"GET", configMaps + "/a/status", nil, 404, absent},
		{"GET", "/api/v1/pods/x", nil, 404, absent},
		{"GET", "/api/v1/namespaces/default/nodes", nil, 404, absent},
		{"GET", "/apis/nonsense.example.com/v1/things", nil, 404, ""},
		{"GET", "/nonsense", nil, 404, ""},
		{"PATCH", configMaps, []string{"Content-Type", "application/merge-patch+json"}, 405, method},
		{"POST", "/api/v1/configmaps", nil, 405, method},
		{"PUT", configMaps, nil, 405, method},
		{"POST", configMaps + "/a", nil, 405, method},
		{"HEAD", configMaps + "/a", nil, 405, method},
		{"OPTIONS", configMaps, nil, 405, method},
		{"FROBNICATE", configMaps, nil, 405, method},
		{"POST", "/api/v1/namespaces/default/finalize", nil, 405, method},
		{"DELETE", "/api/v1/watch/namespaces/default/configmaps", nil, 405, method},
		{"GET", "/api/v1/namespaces/default/bindings?watch=true", nil, 405, method},
		{"POST", "/api", nil, 405, method},
		{"GET", configMaps + "/..", nil, 400, `Name parameter invalid: "..": may not be '..'`},
		{"GET", configMaps + "/a%b", nil, 400, `Name parameter invalid: "a%b": may not contain '%'`},
		{"PATCH", configMaps + "/a", []string{"Content-Type", jsonBody}, 415, "415: Unsupported Media Type"},
		{"PATCH", configMaps + "/a", nil, 415, "415: Unsupported Media Type"},
		{"POST", configMaps, []string{"Content-Type", "text/plain"}, 415, "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"},
		{"GET", configMaps, []string{"Accept", "text/html"}, 406, "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"},
		{"GET", configMaps + "/a", []string{"Accept", "text/html"}, 406, "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf"},
		{"GET", configMaps, []string{"Accept", "application/json;as=Table;v=v2;g=meta.k8s.io"}, 406, "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"},
		{"GET", configMaps, []string{"Accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}, 406, "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)"},
		{"GET", configMaps + "/a", []string{"Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"}, 406, "you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)"},
		{"GET", configMaps + "?watch=true", []string{"Accept", "application/yaml"}, 406, "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"},
		{"GET", configMaps + "?timeout=soon", nil, 400, `invalid timeout specified in the request URL - time: invalid duration "soon"`},
		{"GET", configMaps + "?limit=many", nil, 400, `strconv.ParseInt: parsing "many": invalid syntax`},
	} {
		w := ask(s, c.method, c.url, "", c.header...)
		if c.message == "" {
			if w.Code != c.code || w.Body.String() != "404 page not found\n" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
				t.Errorf("%s %s: %d %q, want %d in plain text", c.method, c.url, w.Code, w.Body, c.code)
			}
			continue
		}
		if got := statusOf(t, w); w.Code != c.code || int(got.Code) != c.code || got.Message != c.message {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.url, w.Code, got.Message, c.code, c.message)
		}
	}
}

// An error is told in JSON to who takes nothing that it can be written in; upstream indents it then.
func TestErrorsForWhoTakesNoErrors(t *testing.T) {
	s := whole(t, server.Options{})
	w := ask(s, "GET", pods+"/absent", "", "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
	if w.Code != 404 || !strings.HasPrefix(w.Body.String(), "{\n  \"kind\": \"Status\",") {
		t.Errorf("got %d %s, want an indented Status", w.Code, w.Body)
	}
	w = ask(s, "GET", pods+"/absent", "", "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
	if w.Code != 404 || !strings.HasPrefix(w.Body.String(), `{"kind":"Status",`) {
		t.Errorf("got %d %s, want a plain Status", w.Code, w.Body)
	}
}

func TestWarningsComeWithRefusals(t *testing.T) {
	s := whole(t, server.Options{})
	body := strings.Replace(configMap("UPPER"), `"data"`, `"bogus":1,"data"`, 1)
	w := ask(s, "POST", configMaps, body, "Content-Type", jsonBody)
	if got := w.Header()["Warning"]; w.Code != http.StatusUnprocessableEntity || len(got) != 1 || got[0] != `299 - "unknown field \"bogus\""` {
		t.Errorf("got %d with warnings %q", w.Code, got)
	}
	owner := `{"apiVersion":"v1","kind":"ConfigMap","name":"o","uid":"u1"}`
	body = strings.Replace(configMap("owned"), `"labels"`, `"ownerReferences":[`+owner+","+owner+`],"labels"`, 1)
	w = ask(s, "POST", configMaps, body, "Content-Type", jsonBody)
	if got := w.Header()["Warning"]; w.Code != http.StatusCreated || len(got) != 1 || !strings.Contains(got[0], "duplicate UID(s) observed: u1") || strings.Count(w.Body.String(), `"uid":"u1"`) != 1 {
		t.Errorf("got %d with warnings %q: %s", w.Code, got, w.Body)
	}
}
