package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"argosy.dev/test/e2e/cluster"
)

// What a server answers to what it cannot take: Kubernetes' Status, which says what is wrong, and it goes on.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	const maps = "/api/v1/namespaces/default/configmaps"
	deep := strings.Repeat(`{"a":`, 200_000) + "1" + strings.Repeat("}", 200_000)
	tests := []struct {
		name, method, path, contentType, body string
		code                                  int
		reason                                metav1.StatusReason
		says                                  []string
	}{
		{"no such object", "GET", maps + "/none", "", "", 404, "NotFound", []string{`configmaps "none" not found`}},
		{"no such method", "PUT", maps, "application/json", `{}`, 405, "MethodNotAllowed", []string{"does not allow this method"}},
		{"no JSON", "POST", maps, "application/json", `{"kind":`, 400, "BadRequest", nil},
		{"no YAML", "POST", maps, "application/yaml", "a: b: c", 400, "BadRequest", nil},
		{"no protobuf", "POST", maps, "application/vnd.kubernetes.protobuf", "k8s\x00\xff\xff\xff", 400, "BadRequest", nil},
		{"another kind", "POST", maps, "application/json", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}`, 400, "BadRequest", []string{"Secret", "ConfigMap"}},
		{"another namespace", "POST", maps, "application/json", `{"metadata":{"name":"a","namespace":"b"}}`, 400, "BadRequest", []string{"namespace"}},
		{"no body", "POST", maps, "application/json", ``, 400, "BadRequest", nil},
		{"unknown field, strictly", "POST", maps + "?fieldValidation=Strict", "application/json", `{"metadata":{"name":"a"},"date":{}}`, 400, "BadRequest", []string{`strict decoding error: unknown field "date"`}},
		{"a field twice, strictly", "POST", maps + "?fieldValidation=Strict", "application/json", `{"metadata":{"name":"a"},"data":{},"data":{}}`, 400, "BadRequest", []string{`duplicate field "data"`}},
		{"no name", "POST", maps, "application/json", `{"metadata":{}}`, 422, "Invalid", []string{"metadata.name", "Required"}},
		{"everything that is wrong at once", "POST", "/apis/apps/v1/namespaces/default/deployments", "application/json",
			`{"metadata":{"name":"A_b"},"spec":{"replicas":-1,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"x"}]}}}}`,
			422, "Invalid", []string{"metadata.name", "spec.replicas", "spec.template.metadata.labels", "spec.template.spec.containers[0].image"}},
		{"too deep", "POST", maps, "application/json", deep, 400, "BadRequest", nil},
		{"too large", "POST", maps, "application/json", `{"metadata":{"name":"a"},"data":{"a":"` + strings.Repeat("a", 4<<20) + `"}}`, 413, "RequestEntityTooLarge", []string{"limit is 3145728"}},
		{"too large for its kind", "POST", maps, "application/json", `{"metadata":{"name":"a"},"data":{"a":"` + strings.Repeat("a", 2<<20) + `"}}`, 422, "Invalid", []string{"1048576 bytes"}},
		{"a type that nobody reads", "POST", maps, "text/plain", `{}`, 415, "UnsupportedMediaType", nil},
		{"a patch of no kind", "PATCH", maps + "/a", "application/json", `{}`, 415, "UnsupportedMediaType", nil},
		{"label selector", "GET", maps + "?labelSelector=a+in+(", "", "", 400, "BadRequest", []string{"unable to parse requirement"}},
		{"field selector", "GET", maps + "?fieldSelector=colour%3Dred", "", "", 400, "BadRequest", []string{`"colour" is not a known field selector`}},
		{"continue", "GET", maps + "?continue=onwards", "", "", 400, "BadRequest", []string{"continue"}},
		{"resource version", "GET", maps + "?resourceVersion=new", "", "", 400, "BadRequest", []string{"new"}},
		{"the far future", "GET", maps + "?resourceVersion=999999999&resourceVersionMatch=NotOlderThan", "", "", 504, "Timeout", []string{"Too large resource version"}},
		{"an option", "DELETE", maps + "/none?gracePeriodSeconds=soon", "", "", 400, "BadRequest", []string{"soon"}},
	}
	client := c.HTTP(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, c.REST(t).Host+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.contentType != "" {
				req.Header.Set("Content-Type", tt.contentType)
			}
			response, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			status := statusOf(t, response)
			if response.StatusCode != tt.code || status.Code != int32(tt.code) || status.Reason != tt.reason {
				t.Errorf("want %d %s, got %d with %+v", tt.code, tt.reason, response.StatusCode, status)
			}
			text, _ := json.Marshal(status)
			for _, want := range tt.says {
				quoted, _ := json.Marshal(want)
				contains(t, "the Status", string(text), strings.Trim(string(quoted), `"`))
			}
			if len(text) > 64<<10 {
				t.Errorf("the Status has %d bytes", len(text))
			}
		})
	}
	if out := c.Output(); strings.Contains(out, "panic") || strings.Contains(out, "goroutine ") {
		t.Errorf("it panicked:\n%s", out)
	}
}

func statusOf(t *testing.T, response *http.Response) metav1.Status {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var status metav1.Status
	if err := json.Unmarshal(body, &status); err != nil || status.Kind != "Status" {
		t.Fatalf("%s answered with what is no Status: %v: %.500s", response.Status, err, body)
	}
	return status
}

// Manifests that kubectl is given, broken or with fields that nobody knows.
func TestBadManifests(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t)
	client := inDefault(t, c)
	const typo = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typo}\ndatas: {a: b}\n"
	client.TryFeed(t, typo, "apply", "-f", "-").Fails(t, 1, `unknown field "datas"`)
	r := client.TryFeed(t, typo, "apply", "-f", "-", "--validate=warn")
	if r.Code != 0 || !strings.Contains(r.Stderr, `Warning: unknown field "datas"`) {
		t.Errorf("--validate=warn: code %d, %s", r.Code, r.Stderr)
	}
	if r := client.TryFeed(t, typo, "apply", "-f", "-", "--validate=ignore"); r.Code != 0 || strings.Contains(r.Stderr, "datas") {
		t.Errorf("--validate=ignore: code %d, %s", r.Code, r.Stderr)
	}
	client.TryFeed(t, "apiVersion: v1\nkind: ConfigMap\n  metadata: {name: a}\n", "apply", "-f", "-").Fails(t, 1, "line 3")
	client.TryFeed(t, "apiVersion: example.com/v1\nkind: Ship\nmetadata: {name: a}\n", "apply", "-f", "-").Fails(t, 1, `no matches for kind "Ship" in version "example.com/v1"`)
	client.TryFeed(t, strings.Replace(sleeper, "memory: 8Mi", "memory: much", 1), "apply", "-f", "-").Fails(t, 1, "quantities must match")
	client.TryFeed(t, strings.Replace(sleeper, "memory: 8Mi", "memory: 80Mi", 1), "apply", "-f", "-").Fails(t, 1,
		"spec.containers[0].resources.requests", "must be less than or equal to memory limit of 32Mi")
}

// A kubeconfig that is not this cluster's, or nobody's.
func TestWrongKubeconfig(t *testing.T) {
	t.Parallel()
	c, other := cluster.Server(t, "--api-only"), cluster.Server(t, "--api-only")
	config, foreign := read(t, c.Kubeconfig), read(t, other.Kubeconfig)
	kubectl := func(config string, want ...string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "kubeconfig")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		cluster.Run(t, "kubectl", "--kubeconfig", file, "get", "namespaces").Fails(t, 1, want...)
	}
	// Another cluster's authority, at this cluster's address; then this authority, and another's certificate.
	kubectl(strings.Replace(foreign, other.REST(t).Host, c.REST(t).Host, 1), "certificate signed by unknown authority")
	kubectl(strings.NewReplacer(field(config, "client-certificate-data"), field(foreign, "client-certificate-data"),
		field(config, "client-key-data"), field(foreign, "client-key-data")).Replace(config), "You must be logged in")
	kubectl(strings.Replace(config, "https://", "http://", 1), "rejected our request")
	kubectl(strings.Replace(config, c.REST(t).Host, "https://127.0.0.1:9", 1), "127.0.0.1:9")
	kubectl("clusters: [what", "yaml")

	// Nobody at all, and a token of nobody.
	for _, token := range []string{"", "of-nobody", "eyJhbGciOiJub25lIn0.e30."} {
		anonymous := rest.AnonymousClientConfig(c.REST(t))
		anonymous.BearerToken = token
		client, err := rest.HTTPClientFor(anonymous)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Get(c.REST(t).Host + "/api/v1/namespaces")
		if err != nil {
			t.Fatal(err)
		}
		if status := statusOf(t, response); status.Code != 401 && (token != "" || status.Code != 403) {
			t.Errorf("with token %q the answer is %+v", token, status)
		}
	}
	contains(t, "health for everybody", anonymously(t, c, "/livez"), "ok")
}

func anonymously(t *testing.T, c *cluster.Cluster, path string) string {
	t.Helper()
	client, err := rest.HTTPClientFor(rest.AnonymousClientConfig(c.REST(t)))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Get(c.REST(t).Host + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}

// field is the value of a field in a kubeconfig.
func field(config, name string) string {
	_, rest, _ := strings.Cut(config, name+": ")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// Connections that never become requests cost nothing and hold nobody up.
func TestNoise(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	address := strings.TrimPrefix(c.REST(t).Host, "https://")
	for i := range 50 {
		conn, err := c.Host.Dial(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = conn.Write(bytes.Repeat([]byte{byte(i)}, 4096))
		}
	}
	began := time.Now()
	c.Kubectl(t, "get", "namespaces")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("beside noise, a request took %v", took)
	}
	if out := c.Output(); strings.Contains(out, "TLS") {
		t.Errorf("it complains of what strangers send:\n%s", fmt.Sprintf("%.2000s", out))
	}
}
