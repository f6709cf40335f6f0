package e2e

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"argosy.dev/kinds/kindtest/nonsense"
	"argosy.dev/test/e2e/cluster"
)

// everythingAsks makes admission look at every object: limits, quotas, security, policies in CEL that read it and change it.
const everythingAsks = `
apiVersion: v1
kind: Namespace
metadata: {name: default, labels: {pod-security.kubernetes.io/warn: restricted, pod-security.kubernetes.io/audit: restricted}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: default}
spec:
  limits:
  - {type: Container, default: {cpu: 1, memory: 1Gi}, defaultRequest: {cpu: 10m}, min: {cpu: 1m}, max: {cpu: 100}, maxLimitRequestRatio: {memory: 1000}}
  - {type: Pod, max: {cpu: 1000}}
  - {type: PersistentVolumeClaim, max: {storage: 1Pi}, min: {storage: 1}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: default}
spec: {hard: {pods: 1000, requests.cpu: 1000, limits.memory: 1Ti, services: 1000, services.nodeports: 100, requests.storage: 1Ei, count/configmaps: 1000, count/deployments.apps: 1000, count/resourceclaims.resource.k8s.io: 10}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: usual}
value: 1
globalDefault: true
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: usual, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: example.com/p
allowVolumeExpansion: true
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: usual, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: example.com/c}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: reader}
spec:
  failurePolicy: Ignore
  matchConstraints: {resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"]}]}
  variables: [{name: labels, expression: "has(object.metadata.labels) ? object.metadata.labels : {}"}]
  validations:
  - {expression: "!('forbidden' in variables.labels) && object != oldObject && (!has(object.spec) || object.spec != null)", messageExpression: "'no ' + object.metadata.name"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: reader}
spec: {policyName: reader, validationActions: [Warn, Audit]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: writer}
spec:
  failurePolicy: Ignore
  reinvocationPolicy: IfNeeded
  matchConstraints: {resourceRules: [{apiGroups: ["", apps], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [pods, configmaps, deployments, services]}]}
  mutations:
  - {patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{metadata: Object.metadata{annotations: {'seen': 'yes'}}}"}}
  - {patchType: JSONPatch, jsonPatch: {expression: "has(object.metadata.labels) ? [JSONPatch{op: 'add', path: '/metadata/labels/seen', value: 'yes'}] : []"}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: writer}
spec: {policyName: writer}
`

var nonsenseApart = flag.Int("nonsense-apart", 11, "how many fields TestNonsense goes on by; 1 takes every field")

// Any value in any field of any kind, by every way to write, with all of admission in between: the answer is a Status that is no internal
// error, it comes soon, and nothing panics.
func TestNonsense(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	c.Client().Apply(t, everythingAsks, "--server-side")
	if _, err := c.API(t).CoreV1().ServiceAccounts("default").Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	targets := nonsenseTargets(t, c)
	values := nonsense.Values()
	work := make(chan func(), 100)
	var workers sync.WaitGroup
	for range 6 {
		workers.Go(func() {
			for do := range work {
				do()
			}
		})
	}
	before := memory(t, c)
	turn := 0
	for _, of := range targets {
		for i := turn % *nonsenseApart; i < len(of.paths); i += *nonsenseApart {
			path, way, value := of.paths[i], turn, values[turn/len(nonsenseWays)%len(values)]
			turn++
			work <- func() { of.put(t, path, nonsenseWays[way%len(nonsenseWays)], value) }
		}
	}
	close(work)
	workers.Wait()
	t.Logf("%d fields of %d resources, answers by code: %v", turn, len(targets), targets[0].answers.codes)
	if codes := targets[0].answers.codes; codes[200]+codes[201] == 0 || codes[422] == 0 {
		t.Error("nothing was taken, or nothing was found wrong")
	}
	if out := c.Output(); strings.Contains(out, "panic") || strings.Contains(out, "goroutine ") {
		t.Errorf("it panicked:\n%.5000s", out)
	}
	if grown := memory(t, c) - before; grown > 300<<20 {
		t.Errorf("the server grew by %d MB", grown>>20)
	}
}

// nonsenseTarget is a resource that nonsense is sent to.
type nonsenseTarget struct {
	client   *http.Client
	url      string
	resource metav1.APIResource
	object   map[string]any
	name     string
	paths    [][]string
	answers  *answers
}

// answers counts answers by their code.
type answers struct {
	mu    sync.Mutex
	codes map[int]int
}

func (a *answers) add(code int) {
	a.mu.Lock()
	a.codes[code]++
	a.mu.Unlock()
}

// nonsenseTargets are all resources that can be made; of each there is one object already, if it is kept and its example is taken.
func nonsenseTargets(t *testing.T, c *cluster.Cluster) (list []nonsenseTarget) {
	t.Helper()
	types := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme, apiregistrationv1.AddToScheme} {
		if err := add(types); err != nil {
			t.Fatal(err)
		}
	}
	examples, err := nonsense.Examples(filepath.Join("..", "..", "kinds"))
	if err != nil {
		t.Fatal(err)
	}
	_, lists, err := c.API(t).Discovery().ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	client, all := c.HTTP(t), &answers{codes: map[int]int{}}
	for _, served := range lists {
		gv, err := schema.ParseGroupVersion(served.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range served.APIResources {
			object, err := types.New(gv.WithKind(r.Kind))
			if err != nil || strings.Contains(r.Name, "/") || !strings.Contains(strings.Join(r.Verbs, " "), "create") {
				continue
			}
			of := nonsenseTarget{client, c.REST(t).Host + "/apis/" + gv.String(), r, examples[gv.WithKind(r.Kind)], "a", nonsense.Paths(reflect.TypeOf(object)), all}
			if gv.Group == "" {
				of.url = c.REST(t).Host + "/api/v1"
			}
			if r.Namespaced {
				of.url += "/namespaces/default"
			}
			of.url += "/" + r.Name
			if of.object == nil {
				of.object = map[string]any{"apiVersion": gv.String(), "kind": r.Kind, "metadata": map[string]any{"name": "a"}}
			}
			if meta, ok := of.object["metadata"].(map[string]any); ok {
				if name, ok := meta["name"].(string); ok {
					of.name = name
				}
			}
			// What would have a say in all other requests is not made.
			if !strings.HasSuffix(r.Name, "webhookconfigurations") && r.Name != "apiservices" {
				text, err := json.Marshal(of.object)
				if err != nil {
					t.Fatal(err)
				}
				of.send(t, http.MethodPost, of.url, "application/json", string(text))
			}
			list = append(list, of)
		}
	}
	return list
}

var nonsenseWays = []string{"create", "create from YAML", "update", "merge patch", "strategic patch", "JSON patch", "apply", "apply alone", "status"}

func (of nonsenseTarget) put(t *testing.T, path []string, way, value string) {
	write := func(object map[string]any) string {
		text, err := nonsense.With(object, path, value)
		if err != nil {
			t.Error(err)
		}
		return text
	}
	const dry, apply = "?dryRun=All", "?dryRun=All&fieldManager=f&force=true"
	one := of.url + "/" + of.name
	switch way {
	case "create":
		of.send(t, http.MethodPost, of.url+dry, "application/json", write(of.object))
	case "create from YAML":
		of.send(t, http.MethodPost, of.url+dry+"&fieldValidation=Strict", "application/yaml", write(of.object))
	case "update":
		of.send(t, http.MethodPut, one+dry, "application/json", write(of.object))
	case "merge patch":
		of.send(t, http.MethodPatch, one+dry, "application/merge-patch+json", write(nil))
	case "strategic patch":
		of.send(t, http.MethodPatch, one+dry, "application/strategic-merge-patch+json", write(nil))
	case "JSON patch":
		of.send(t, http.MethodPatch, one+dry, "application/json-patch+json", `[{"op":"add","path":"/`+strings.Join(path, "/")+`","value":`+value+`}]`)
	case "apply":
		of.send(t, http.MethodPatch, one+apply, "application/apply-patch+yaml", write(of.object))
	case "apply alone":
		of.send(t, http.MethodPatch, one+apply, "application/apply-patch+yaml", write(map[string]any{"apiVersion": of.object["apiVersion"], "kind": of.object["kind"], "metadata": map[string]any{"name": of.name}}))
	case "status":
		of.send(t, http.MethodPut, one+"/status"+dry, "application/json", write(of.object))
		of.send(t, http.MethodPatch, one+"/status"+dry, "application/merge-patch+json", write(nil))
	}
}

// send wants an answer that is no internal error, within a few seconds.
func (of nonsenseTarget) send(t *testing.T, method, url, media, body string) {
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Content-Type", media)
	began := time.Now()
	answer, err := of.client.Do(r)
	if err != nil {
		t.Errorf("%s %s with %.1000s: %v", method, url, body, err)
		return
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || len(text) > 1<<20 {
		t.Errorf("%s %s with %.1000s is answered in %d bytes, %v", method, url, body, len(text), err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("%s %s with %.1000s took %v", method, url, body, took)
	}
	of.answers.add(answer.StatusCode)
	if answer.StatusCode < 500 {
		return
	}
	var status metav1.Status
	if json.Unmarshal(text, &status) != nil || status.Reason == metav1.StatusReasonInternalError {
		t.Errorf("%s %s as %s with %.1000s: %d %.1000s", method, url, media, body, answer.StatusCode, text)
	}
}
