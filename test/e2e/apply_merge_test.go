package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"argosy.dev/test/e2e/cluster"
)

// applier applies YAML to objects of one resource in one namespace.
type applier struct {
	t         *testing.T
	resource  schema.GroupVersionResource
	namespace string
	client    dynamic.Interface
}

func newApplier(t *testing.T, c *cluster.Cluster, namespace, group, version, resource string) applier {
	t.Helper()
	client, err := dynamic.NewForConfig(c.REST(t))
	if err != nil {
		t.Fatal(err)
	}
	return applier{t, schema.GroupVersionResource{Group: group, Version: version, Resource: resource}, namespace, client}
}

func (a applier) try(manager, text string, force bool, subresources ...string) (*unstructured.Unstructured, error) {
	a.t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		a.t.Fatal(err)
	}
	return a.client.Resource(a.resource).Namespace(a.namespace).Apply(a.t.Context(), u.GetName(), u, metav1.ApplyOptions{FieldManager: manager, Force: force}, subresources...)
}

func (a applier) apply(manager, text string, subresources ...string) *unstructured.Unstructured {
	a.t.Helper()
	u, err := a.try(manager, text, false, subresources...)
	if err != nil {
		a.t.Fatalf("%s applies %s: %v", manager, text, err)
	}
	return u
}

// has wants what is at a path of an object, separated by dots, to be this JSON; "" is nothing.
func has(t *testing.T, u *unstructured.Unstructured, path, want string) {
	t.Helper()
	got, ok, err := unstructured.NestedFieldNoCopy(u.Object, strings.Split(path, ".")...)
	text, _ := json.Marshal(got)
	if !ok {
		text = nil
	}
	if err != nil || string(text) != want {
		t.Errorf("%s is %s, %v; want %s", path, text, err, want)
	}
}

// Several managers share one object, and one field that they agree on.
func testApplySharing(t *testing.T, c *cluster.Cluster) {
	client, api := applySpace(t, c, "sharing")
	a := newApplier(t, c, client.Namespace, "", "v1", "configmaps")
	object := func(data string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {" + data + "}"
	}
	a.apply("one", object("a: x, b: x"))
	a.apply("two", object("b: x, c: x"))
	if u, err := a.try("two", object("b: w"), false); !apierrors.IsConflict(err) || !apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict) {
		t.Errorf("taking a shared field: %v, %v", u, err)
	}
	has(t, a.apply("one", object("a: x")), "data", `{"a":"x","b":"x","c":"x"}`)
	has(t, a.apply("two", object("b: w, c: x")), "data", `{"a":"x","b":"w","c":"x"}`) // it is the only owner now
	has(t, a.apply("two", object("c: x")), "data", `{"a":"x","c":"x"}`)

	// Who updates to what another has applied shares; who changes it takes it away.
	m, err := api.CoreV1().ConfigMaps(client.Namespace).Get(t.Context(), "m", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m.Data["a"] = "z"
	if m, err = api.CoreV1().ConfigMaps(client.Namespace).Update(t.Context(), m, metav1.UpdateOptions{FieldManager: "editor"}); err != nil || !slices.Equal(owned(m), []string{"editor Update", "two Apply"}) {
		t.Errorf("after an edit: %v, %v", owned(m), err)
	}
	has(t, a.apply("one", object("d: x")), "data", `{"a":"z","c":"x","d":"x"}`)
	// Nothing applied at all lets everything go.
	u := a.apply("two", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}")
	has(t, u, "data", `{"a":"z","d":"x"}`)
	if got := owned(u); !slices.Equal(got, []string{"editor Update", "one Apply"}) {
		t.Errorf("owners at last: %v", got)
	}
	// A field unset by its owner's update is nobody's.
	if u, err = a.client.Resource(a.resource).Namespace(a.namespace).Patch(t.Context(), "m", types.MergePatchType, []byte(`{"data":null}`), metav1.PatchOptions{FieldManager: "eraser"}); err != nil {
		t.Fatal(err)
	}
	has(t, u, "data", "")
	has(t, a.apply("three", object("d: new")), "data", `{"d":"new"}`)
	// Without owners, as an update may leave an object, all that there is belongs to who came before the first apply.
	m.ManagedFields, m.ResourceVersion = []metav1.ManagedFieldsEntry{{}}, ""
	if m, err = api.CoreV1().ConfigMaps(client.Namespace).Update(t.Context(), m, metav1.UpdateOptions{}); err != nil || len(m.ManagedFields) != 0 {
		t.Errorf("owners taken off: %v, %v", owned(m), err)
	}
	if _, err := a.try("four", object("a: mine"), false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "before-first-apply" using v1: .data.a`) {
		t.Errorf("the first apply: %v", err)
	}
	if got := owned(a.apply("four", object("a: z"))); !slices.Equal(got, []string{"before-first-apply Update", "four Apply"}) {
		t.Errorf("owners after the first apply: %v", got)
	}
}

// Lists merge as the API's types say: by key, as sets, or as a whole.
func testApplyLists(t *testing.T, c *cluster.Cluster) {
	client, _ := applySpace(t, c, "lists")
	a := newApplier(t, c, client.Namespace, "apps", "v1", "deployments")
	deployment := func(pod, meta string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d" + meta + "}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {" + pod + "}}}"
	}
	names := func(u *unstructured.Unstructured, list, key string) string {
		t.Helper()
		items, _, err := unstructured.NestedSlice(u.Object, "spec", "template", "spec", "containers")
		if err != nil {
			t.Fatal(err)
		}
		if list != "" {
			items, _, _ = unstructured.NestedSlice(items[0].(map[string]any), list)
		}
		var all []string
		for _, item := range items {
			all = append(all, fmt.Sprint(item.(map[string]any)[key]))
		}
		return strings.Join(all, " ")
	}
	// Keyed by name, within which the environment is keyed by name and ports by number and protocol.
	a.apply("one", deployment("containers: [{name: c, image: i, command: [a, b], env: [{name: A, value: x}, {name: B, value: x}], ports: [{containerPort: 53, protocol: UDP}]}]", ""))
	u := a.apply("two", deployment("containers: [{name: c, env: [{name: C, value: x}], ports: [{containerPort: 53, protocol: TCP}]}, {name: d, image: j}]", ""))
	if got := names(u, "", "name") + "; " + names(u, "env", "name") + "; " + names(u, "ports", "protocol"); got != "c d; A B C; UDP TCP" {
		t.Errorf("merged: %s", got)
	}
	// An item that its owner lets go goes, others' stay, where they were.
	u = a.apply("one", deployment("containers: [{name: c, image: i, command: [a, b], env: [{name: B, value: x}]}]", ""))
	if got := names(u, "", "name") + "; " + names(u, "env", "name") + "; " + names(u, "ports", "protocol"); got != "c d; B C; TCP" {
		t.Errorf("after letting go: %s", got)
	}
	// A list of values is one field.
	if _, err := a.try("two", deployment("containers: [{name: c, command: [a, c]}, {name: d, image: j}]", ""), false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `.spec.template.spec.containers[name="c"].command`) {
		t.Errorf("another's command: %v", err)
	}
	// As is a selector.
	if _, err := a.try("two", strings.Replace(deployment("containers: [{name: d, image: j}]", ""), "matchLabels: {a: b}", "matchLabels: {a: b, c: d}", 1), false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), ".spec.selector") {
		t.Errorf("another's selector: %v", err)
	}
	// A set has each value once, whoever adds it.
	a.apply("one", deployment("containers: [{name: c, image: i}]", ", finalizers: [example.com/a, example.com/b]"))
	u = a.apply("two", deployment("containers: [{name: d, image: j}]", ", finalizers: [example.com/b, example.com/c]"))
	has(t, u, "metadata.finalizers", `["example.com/a","example.com/b","example.com/c"]`)
	u = a.apply("one", deployment("containers: [{name: c, image: i}]", ""))
	has(t, u, "metadata.finalizers", `["example.com/b","example.com/c"]`)
	if _, err := a.client.Resource(a.resource).Namespace(a.namespace).Patch(t.Context(), "d", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	// The same key twice, and an item without its key, are mistakes.
	if _, err := a.try("one", deployment("containers: [{name: c, image: i}, {name: c, image: j}]", ""), false); err == nil || !strings.Contains(err.Error(), "duplicate") {
		t.Errorf("a key twice: %v", err)
	}
	if _, err := a.try("one", deployment("containers: [{image: i}]", ""), false); err == nil {
		t.Error("an item without its key was applied")
	}
}

// A subresource has owners of its own: status beside spec, and replicas by scale.
func testApplySubresources(t *testing.T, c *cluster.Cluster) {
	client, api := applySpace(t, c, "subresources")
	a := newApplier(t, c, client.Namespace, "apps", "v1", "deployments")
	deployment := func(spec string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {" + spec + "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}"
	}
	if _, err := a.try("reporter", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nstatus: {replicas: 1}", false, "status"); !apierrors.IsNotFound(err) {
		t.Errorf("a status of nothing: %v", err)
	}
	a.apply("owner", deployment("replicas: 1, "))
	u := a.apply("reporter", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 7}\nstatus: {replicas: 1, conditions: [{type: Available, status: \"True\"}]}", "status")
	has(t, u, "spec.replicas", "1")
	has(t, u, "status.replicas", "1")
	u = a.apply("other", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nstatus: {conditions: [{type: Progressing, status: \"True\"}]}", "status")
	if list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions"); len(list) != 2 {
		t.Errorf("conditions: %v", list)
	}
	if got := owned(u); !slices.Equal(got, []string{"other Apply /status", "owner Apply", "reporter Apply /status"}) {
		t.Errorf("owners: %v", got)
	}
	// Status is not applied through the object itself.
	has(t, a.apply("owner", deployment("replicas: 1, ")+"\nstatus: {replicas: 9}"), "status.replicas", "1")
	if _, err := a.try("other", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nstatus: {replicas: 2}", false, "status"); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "reporter" with subresource "status": .status.replicas`) {
		t.Errorf("another's status: %v", err)
	}

	// Who scales takes the replicas from who applied them, unless that one is asked.
	scale := "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: d, namespace: subresources}\nspec: {replicas: 5}"
	if _, err := a.try("scaler", scale, false, "scale"); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "owner"`) || !strings.Contains(err.Error(), ".spec.replicas") {
		t.Errorf("another's replicas: %v", err)
	}
	u, err := a.try("scaler", scale, true, "scale")
	if err != nil || u.GetKind() != "Scale" {
		t.Fatalf("scaled by force: %v, %v", u, err)
	}
	has(t, u, "spec.replicas", "5")
	if _, err := a.try("owner", deployment("replicas: 1, "), false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "scaler" with subresource "scale"`) {
		t.Errorf("after scaling: %v", err)
	}
	has(t, a.apply("owner", deployment("")), "spec.replicas", "5")
	// An update through scale owns them too.
	s, err := api.AppsV1().Deployments(client.Namespace).GetScale(t.Context(), "d", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Spec.Replicas = 6
	if _, err := api.AppsV1().Deployments(client.Namespace).UpdateScale(t.Context(), "d", s, metav1.UpdateOptions{FieldManager: "autoscaler"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.try("owner", deployment("replicas: 1, "), false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "autoscaler" with subresource "scale" using apps/v1`) {
		t.Errorf("after an update of the scale: %v", err)
	}
}

// However many write to an object, its owners stay few: the oldest who updated become one.
func testBoundedOwners(t *testing.T, c *cluster.Cluster) {
	client, api := applySpace(t, c, "bounded")
	maps := api.CoreV1().ConfigMaps(client.Namespace)
	a := newApplier(t, c, client.Namespace, "", "v1", "configmaps")
	a.apply("applier", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {applied: x}")
	var m *corev1.ConfigMap
	size := 0
	for i := range 60 {
		var err error
		body := fmt.Sprintf(`{"data":{"k%d":"v"}}`, i)
		if m, err = maps.Patch(t.Context(), "m", types.MergePatchType, []byte(body), metav1.PatchOptions{FieldManager: fmt.Sprintf("manager-%d", i)}); err != nil {
			t.Fatal(err)
		}
		if n := len(m.ManagedFields); n > 11 {
			t.Fatalf("after %d managers there are %d owners", i+1, n)
		}
	}
	got := owned(m)
	if !slices.Contains(got, "ancient-changes Update") || !slices.Contains(got, "applier Apply") || !slices.Contains(got, "manager-59 Update") {
		t.Errorf("owners: %v", got)
	}
	// Who writes again and again makes it no larger.
	for i := range 30 {
		body := fmt.Sprintf(`{"data":{"k0":"v%d"}}`, i%10)
		m, err := maps.Patch(t.Context(), "m", types.MergePatchType, []byte(body), metav1.PatchOptions{FieldManager: "manager-59"})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(m.ManagedFields)
		if err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			size = len(text)
		} else if len(text) > size+8 {
			t.Fatalf("owners grew from %d to %d bytes", size, len(text))
		}
	}
}

func testApplyRefusals(t *testing.T, c *cluster.Cluster) {
	client, _ := applySpace(t, c, "refusals")
	base := "/api/v1/namespaces/" + client.Namespace + "/configmaps/"
	a := newApplier(t, c, client.Namespace, "", "v1", "configmaps")
	made := a.apply("one", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: x}")
	for name, refused := range map[string]struct {
		query, object, body string
		code                int
		says                string
	}{
		"nobody":             {"", "m", `{"apiVersion":"v1","kind":"ConfigMap"}`, 422, "fieldManager: Required value: is required for apply patch"},
		"a manager's name":   {"fieldManager=a%00b", "m", `{"apiVersion":"v1","kind":"ConfigMap"}`, 422, "fieldManager: Invalid value"},
		"no kind":            {"fieldManager=a", "m", `{}`, 400, ""},
		"another kind":       {"fieldManager=a", "m", `{"apiVersion":"v1","kind":"Secret"}`, 400, "ConfigMap"},
		"another name":       {"fieldManager=a", "m", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n"}}`, 400, "does not match"},
		"its owners":         {"fieldManager=a", "m", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"managedFields":[{"manager":"b"}]}}`, 400, "metadata.managedFields must be nil"},
		"unknown fields":     {"fieldManager=a", "m", `{"apiVersion":"v1","kind":"ConfigMap","datas":{}}`, 500, "field not declared in schema"},
		"an old version":     {"fieldManager=a", "m", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"resourceVersion":"1"}}`, 409, "the object has been modified"},
		"an uid of nobody":   {"fieldManager=a", "new", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"new","uid":"u"}}`, 409, "uid mismatch"},
		"another uid":        {"fieldManager=a", "m", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","uid":"u"}}`, 422, "metadata.uid: Invalid value"},
		"no YAML":            {"fieldManager=a", "m", "a: b: c", 400, "error decoding YAML"},
		"what no map may be": {"fieldManager=a", "m", `{"apiVersion":"v1","kind":"ConfigMap","data":{"a":["b"]}}`, 500, ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, c.REST(t).Host+base+refused.object+"?"+refused.query, strings.NewReader(refused.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/apply-patch+yaml")
		answer, err := c.HTTP(t).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		status := statusOf(t, answer)
		if answer.StatusCode != refused.code || !strings.Contains(status.Message, refused.says) {
			t.Errorf("%s: %d %s", name, answer.StatusCode, status.Message)
		}
	}
	if now := a.apply("one", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: x}"); now.GetResourceVersion() != made.GetResourceVersion() {
		t.Error("something that was refused was written")
	}
}

// Custom resources merge as their schema says.
func testApplyCustom(t *testing.T, c *cluster.Cluster) {
	client, _ := applySpace(t, c, "custom")
	client.Apply(t, `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: fleets.apply.example.com}
spec:
  group: apply.example.com
  scope: Namespaced
  names: {plural: fleets, singular: fleet, kind: Fleet}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              replicas: {type: integer}
              ships: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name], items: {type: object, required: [name], properties: {name: {type: string}, crew: {type: integer}}}}
              flags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              route: {type: array, items: {type: string}}
              home: {type: object, x-kubernetes-map-type: atomic, properties: {port: {type: string}, sea: {type: string}}}
          status: {type: object, properties: {replicas: {type: integer}}}
`, "--server-side")
	client.Kubectl(t, "wait", "--for=condition=Established", "crd/fleets.apply.example.com", "--timeout=20s")
	a := newApplier(t, c, client.Namespace, "apply.example.com", "v1", "fleets")
	fleet := func(spec string) string {
		return "apiVersion: apply.example.com/v1\nkind: Fleet\nmetadata: {name: f}\nspec: {" + spec + "}"
	}
	a.apply("one", fleet("ships: [{name: a, crew: 1}], flags: [x, w], route: [p, q], home: {port: p}, replicas: 1"))
	u := a.apply("two", fleet("ships: [{name: b, crew: 2}], flags: [w, z]"))
	has(t, u, "spec.flags", `["x","w","z"]`)
	has(t, u, "spec.ships", `[{"crew":1,"name":"a"},{"crew":2,"name":"b"}]`)
	for what, spec := range map[string]string{".spec.route": "route: [p]", ".spec.home": "home: {sea: s}", `.spec.ships[name="a"].crew`: "ships: [{name: a, crew: 3}]"} {
		if _, err := a.try("two", fleet(spec), false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), what) {
			t.Errorf("another's %s: %v", what, err)
		}
	}
	u = a.apply("one", fleet("ships: [{name: a}], flags: [w]"))
	has(t, u, "spec", `{"flags":["w","z"],"ships":[{"name":"a"},{"crew":2,"name":"b"}]}`)
	has(t, a.apply("reporter", "apiVersion: apply.example.com/v1\nkind: Fleet\nmetadata: {name: f}\nstatus: {replicas: 2}", "status"), "status.replicas", "2")
}
