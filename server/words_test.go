package server_test

import (
	"strings"
	"testing"

	"argosy.dev/server"
)

const (
	jsonPatch  = "application/json-patch+json"
	mergePatch = "application/merge-patch+json"
	strategic  = "application/strategic-merge-patch+json"
)

// What the verbs refuse about an object that is there.
func TestRefusalsOfTheVerbs(t *testing.T) {
	s := whole(t, server.Options{})
	for _, body := range []string{configMap("a")} {
		if w := ask(s, "POST", configMaps, body, "Content-Type", jsonBody); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if w := ask(s, "POST", deployments, manifest("d"), "Content-Type", jsonBody); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	const (
		a, d     = configMaps + "/a", deployments + "/d"
		rejected = "the server rejected our request due to an error in our request"
		badRV    = `strconv.ParseUint: parsing "abc": invalid syntax`
	)
	for name, c := range map[string]struct {
		method, url, media, body string
		code                     int
		message                  string
	}{
		"no name":           {"PUT", a, jsonBody, `{"metadata":{}}`, 400, "the name of the object (a based on URL) was undeterminable: name must be provided"},
		"other name":        {"PUT", a, jsonBody, `{"metadata":{"name":"b"}}`, 400, "the name of the object (b) does not match the name on the URL (a)"},
		"other namespace":   {"PUT", a, jsonBody, `{"metadata":{"name":"a","namespace":"x"}}`, 400, "the namespace of the provided object does not match the namespace sent on the request"},
		"no such object":    {"PUT", configMaps + "/b", jsonBody, `{"metadata":{"name":"b","labels":{"!":""}}}`, 404, `configmaps "b" not found`},
		"version no number": {"PUT", a, jsonBody, `{"metadata":{"name":"a","resourceVersion":"abc"}}`, 500, badRV},
		"stale":             {"PUT", a, jsonBody, `{"metadata":{"name":"a","resourceVersion":"99"}}`, 409, `Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again`},
		"begins to die":     {"PUT", a, jsonBody, `{"metadata":{"name":"a","deletionTimestamp":"2001-01-01T00:00:00Z"}}`, 422, `ConfigMap "a" is invalid: metadata.deletionTimestamp: Invalid value: "2001-01-01T00:00:00Z": field is immutable`},

		"test fails":         {"PATCH", a, jsonPatch, `[{"op":"test","path":"/data/k","value":"x"}]`, 422, rejected},
		"unknown operation":  {"PATCH", a, jsonPatch, `[{"op":"frob","path":"/data/k"}]`, 422, rejected},
		"no list":            {"PATCH", a, jsonPatch, `{}`, 400, "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"},
		"too many":           {"PATCH", a, jsonPatch, "[" + strings.Repeat(`{"op":"test","path":"/data/k","value":"v"},`, 10000) + `{"op":"test","path":"/data/k","value":"v"}]`, 413, "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001"},
		"patched name":       {"PATCH", a, jsonPatch, `[{"op":"replace","path":"/metadata/name","value":"b"}]`, 400, "the name of the object (b) does not match the name on the URL (a)"},
		"patched uid":        {"PATCH", a, mergePatch, `{"metadata":{"uid":"x"}}`, 422, `ConfigMap "a" is invalid: metadata.uid: Invalid value: "x": field is immutable`},
		"merge of a list":    {"PATCH", a, mergePatch, `[1]`, 400, "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"},
		"merge cut short":    {"PATCH", a, mergePatch, `{"data":`, 400, "error decoding patch: unexpected end of JSON input"},
		"no merge key":       {"PATCH", d, strategic, `{"spec":{"template":{"spec":{"containers":[{"image":"o"}]}}}}`, 500, "map: map[image:o] does not contain declared merge key: name"},
		"unknown directive":  {"PATCH", d, strategic, `{"spec":{"$patch":"explode"}}`, 500, "unknown patch type: explode in map: map[$patch:explode]"},
		"wrong type":         {"PATCH", d, strategic, `{"spec":{"template":{"spec":{"containers":{"name":"x"}}}}}`, 422, ` "" is invalid: patch: Invalid value: "map[spec:map[template:map[spec:map[containers:map[name:x]]]]]": cannot restore slice from map`},
		"strict, strategic":  {"PATCH", d + "?fieldValidation=Strict", strategic, `{"bogus":1}`, 422, ` "" is invalid: patch: Invalid value: "map[bogus:1]": strict decoding error: unknown field "bogus"`},
		"force":              {"PATCH", a + "?force=true", mergePatch, `{}`, 422, `PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch`},
		"patched stale":      {"PATCH", a, mergePatch, `{"metadata":{"resourceVersion":"99"}}`, 409, `Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again`},
		"no such field":      {"GET", configMaps + "?fieldSelector=data.k%3Dv", "", "", 400, `"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"`},
		"no such pod field":  {"GET", pods + "?fieldSelector=spec.x%3Dv", "", "", 400, "field label not supported: spec.x"},
		"label selector":     {"GET", configMaps + "?labelSelector=x%20in", "", "", 400, "unable to parse requirement: found '' expected: '('"},
		"get at":             {"GET", a + "?resourceVersion=abc", "", "", 500, `resourceVersion: Invalid value: "abc": ` + badRV},
		"list at":            {"GET", configMaps + "?resourceVersion=-1", "", "", 400, `invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax`},
		"watch at":           {"GET", configMaps + "?watch=1&resourceVersion=abc", "", "", 500, `resourceVersion: Invalid value: "abc": ` + badRV},
		"continue":           {"GET", configMaps + "?continue=%21", "", "", 400, "invalid continue token: continue key is not valid: illegal base64 data at input byte 0"},
		"list with initial":  {"GET", configMaps + "?sendInitialEvents=true", "", "", 422, `ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`},
		"watch without":      {"GET", configMaps + "?watch=1&sendInitialEvents=true", "", "", 422, `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`},
		"include":            {"GET", configMaps + "?includeObject=Bad", "", "", 400, `Unable to convert to Table as requested: includeObject: Invalid value: "Bad": must be 'Metadata', 'Object', 'None', or empty`},
		"delete another":     {"DELETE", a, jsonBody, `{"preconditions":{"uid":"x"}}`, 409, "Precondition failed: UID in precondition: x, UID in object meta: "},
		"no options":         {"DELETE", a, jsonBody, `{"kind":"Pod","apiVersion":"v1"}`, 500, `no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"`},
		"unknown policy":     {"DELETE", a + "?propagationPolicy=Sideways", "", "", 422, `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways"`},
		"options for delete": {"DELETE", a + "?gracePeriodSeconds=x", "", "", 400, `strconv.ParseInt: parsing "x": invalid syntax`},
	} {
		header := []string{"Content-Type", c.media}
		if name == "include" {
			header = append(header, "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
		}
		w := ask(s, c.method, c.url, c.body, header...)
		if w.Code != c.code {
			t.Errorf("%s: got %d %.300s, want %d", name, w.Code, w.Body, c.code)
			continue
		}
		if got := statusOf(t, w); !strings.Contains(got.Message, c.message) {
			t.Errorf("%s: got  %q\nwant %q", name, got.Message, c.message)
		}
	}
}

// How a deletion is answered: with a Status, or with the object that it was.
func TestAnswersToDeletions(t *testing.T) {
	s := whole(t, server.Options{})
	create := func(url, body string) {
		t.Helper()
		if w := ask(s, "POST", url, body, "Content-Type", jsonBody); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	remove := func(url string, code int, want ...string) {
		t.Helper()
		w := ask(s, "DELETE", url, "")
		for _, part := range want {
			if w.Code != code || !strings.Contains(w.Body.String(), part) {
				t.Errorf("DELETE %s: %d %s\nwant %d %q", url, w.Code, w.Body, code, part)
			}
		}
	}
	create(configMaps, configMap("a"))
	remove(configMaps+"/a?dryRun=All", 200, `"status":"Success"`, `"kind":"configmaps"`)
	remove(configMaps+"/a", 200, `"status":"Success"`, `"uid":`)
	remove(configMaps+"/a", 404, `"reason":"NotFound"`)
	create(pods, pod("p"))
	remove(pods+"/p?dryRun=All", 200, `"kind":"Pod"`, `"deletionGracePeriodSeconds":0`)
	remove(pods+"/p", 200, `"kind":"Pod"`, `"deletionGracePeriodSeconds":0`)
	create("/api/v1/namespaces/default/serviceaccounts", `{"metadata":{"name":"s"}}`)
	remove("/api/v1/namespaces/default/serviceaccounts/s", 200, `"kind":"ServiceAccount"`)
	create(deployments, manifest("d"))
	remove(deployments+"/d?propagationPolicy=Foreground", 200, `"finalizers":["foregroundDeletion"]`)
	create(deployments, manifest("e"))
	if w := ask(s, "PATCH", deployments+"/e", `{"metadata":{"finalizers":["example.com/x"]}}`, "Content-Type", mergePatch); w.Code != 200 {
		t.Fatal(w.Body)
	}
	remove(deployments+"/e?orphanDependents=false", 202, `"kind":"Deployment"`)
	create("/api/v1/namespaces", `{"metadata":{"name":"n"}}`)
	w := ask(s, "DELETE", "/api/v1/namespaces/n", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"deletionTimestamp"`) || strings.Contains(w.Body.String(), "deletionGracePeriodSeconds") {
		t.Errorf("a namespace: %d %s, want it going, with no period", w.Code, w.Body)
	}
}

func TestActions(t *testing.T) {
	s := whole(t, server.Options{})
	for _, name := range []string{"p", "q"} {
		if w := ask(s, "POST", pods, pod(name), "Content-Type", jsonBody); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	binding := func(name string) string {
		return `{"apiVersion":"v1","kind":"Binding","metadata":{"name":"` + name + `"},"target":{"kind":"Node","name":"n1"}}`
	}
	for i, c := range []struct {
		url, body string
		code      int
		part      string
	}{
		{pods + "/p/binding", binding("q"), 400, "name in URL does not match name in Binding object"},
		{pods + "/p/binding?dryRun=All", binding("p"), 201, `"status":"Success"`},
		{pods + "/p/binding", binding("p"), 201, `"status":"Success"`},
		{pods + "/p/binding", binding("p"), 409, "already assigned to node"},
		{"/api/v1/namespaces/default/bindings", binding("q"), 201, `"status":"Success"`},
		{"/api/v1/namespaces/default/bindings", binding("r"), 404, `pods \"r\" not found`},
		{pods + "/q/eviction", `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"}}`, 400, "name in URL does not match name in Eviction object"},
		{pods + "/q/eviction?dryRun=All", `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"q"}}`, 201, `"status":"Success"`},
		{pods + "/q/eviction", `{"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":"q"},"deleteOptions":{"gracePeriodSeconds":0}}`, 201, `"status":"Success"`},
		{pods + "/q/eviction", `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"q"}}`, 404, "not found"},
	} {
		if w := ask(s, "POST", c.url, c.body, "Content-Type", jsonBody); w.Code != c.code || !strings.Contains(w.Body.String(), c.part) {
			t.Errorf("%d: POST %s: %d %s\nwant %d %q", i, c.url, w.Code, w.Body, c.code, c.part)
		}
	}
}

// Names are made up anew for each object, and a kind that counts no generations keeps what it is told.
func TestGenerateNameKeepsTrying(t *testing.T) {
	s := whole(t, server.Options{})
	seen := map[string]bool{}
	for range 50 {
		w := ask(s, "POST", configMaps, `{"metadata":{"generateName":"g-","generation":7}}`, "Content-Type", jsonBody)
		name, _, _ := strings.Cut(strings.TrimPrefix(w.Body.String(), `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"`), `"`)
		if w.Code != 201 || len(name) != len("g-12345") || seen[name] || !strings.Contains(w.Body.String(), `"generation":7`) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		seen[name] = true
	}
}
