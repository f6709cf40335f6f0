package managed

import (
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"argosy.dev/kinds"
)

var types = sync.OnceValue(func() managedfields.TypeConverter { return applyconfigurations.NewTypeConverter(scheme.Scheme) })

func services(t testing.TB) *Fields {
	t.Helper()
	f, err := New(Config{Types: types(), GVK: corev1.SchemeGroupVersion.WithKind("Service"), Stored: corev1.SchemeGroupVersion.WithKind("Service"),
		New:   func(schema.GroupVersion) kinds.Object { return &corev1.Service{} },
		Reset: []fieldpath.Path{fieldpath.MakePathOrDie("status")}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func patch(spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "s", "namespace": "n"}, "spec": spec}}
}

func owners(obj kinds.Object) string {
	var list []string
	for _, e := range obj.GetManagedFields() {
		list = append(list, e.Manager+"/"+string(e.Operation)+" "+e.FieldsV1.GetRawString())
	}
	return strings.Join(list, "\n")
}

func update(t testing.TB, f *Fields, live, obj kinds.Object, manager string) {
	t.Helper()
	if err := f.Update(live, obj, manager); err != nil {
		t.Fatal(err)
	}
}

func TestUpdateNotesOwners(t *testing.T) {
	f := services(t)
	made := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "s"}, Spec: corev1.ServiceSpec{Type: "ClusterIP"}}
	update(t, f, nil, made, "one")
	if got := owners(made); got != `one/Update {"f:spec":{"f:type":{}}}` && !strings.Contains(got, `"f:type":{}`) {
		t.Errorf("after the creation: %s", got)
	}
	if made.Kind != "" {
		t.Error("the stored object carries its kind")
	}
	made.ResourceVersion = "5"
	same := made.DeepCopy()
	update(t, f, made, same, "one")
	if &same.ManagedFields[0] != &made.ManagedFields[0] {
		t.Error("a write that changes nothing made new owners")
	}
	changed := made.DeepCopy()
	changed.Spec.ExternalName = "x"
	changed.Status.Conditions = []metav1.Condition{{Type: "T"}}
	update(t, f, made, changed, "two")
	got := owners(changed)
	if !strings.Contains(got, `two/Update {"f:spec":{"f:externalName":{}}}`) {
		t.Errorf("after another's change: %s", got)
	}
	if made.Kind != "" || owners(made) == got {
		t.Error("the live object was changed")
	}
}

func TestApplyMergesAndConflicts(t *testing.T) {
	f := services(t)
	made, err := f.Apply(nil, patch(map[string]any{"type": "ClusterIP", "ports": []any{map[string]any{"port": int64(80), "protocol": "TCP"}}}), "one", false)
	if err != nil {
		t.Fatal(err)
	}
	made.SetResourceVersion("1")
	both, err := f.Apply(made, patch(map[string]any{"ports": []any{map[string]any{"port": int64(81), "protocol": "TCP"}}}), "two", false)
	if err != nil {
		t.Fatal(err)
	}
	if ports := both.(*corev1.Service).Spec.Ports; len(ports) != 2 {
		t.Errorf("two appliers of one list keyed by port came to %v", ports)
	}
	both.SetResourceVersion("2")
	if _, err := f.Apply(both, patch(map[string]any{"type": "NodePort"}), "two", false); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "one": .spec.type`) {
		t.Errorf("taking another's field: %v", err)
	}
	taken, err := f.Apply(both, patch(map[string]any{"type": "NodePort"}), "two", true)
	if err != nil {
		t.Fatal(err)
	}
	s := taken.(*corev1.Service)
	if s.Spec.Type != "NodePort" || len(s.Spec.Ports) != 1 || s.Spec.Ports[0].Port != 80 {
		t.Errorf("by force, without the port applied before: %+v", s.Spec)
	}
}

// Raw JSON that nobody can read is refused, whether it is no JSON, as protobuf can carry it, or a number beyond all.
func TestUnreadableJSONIsRefused(t *testing.T) {
	gvk := appsv1.SchemeGroupVersion.WithKind("ControllerRevision")
	f, err := New(Config{Types: types(), GVK: gvk, Stored: gvk, New: func(schema.GroupVersion) kinds.Object { return &appsv1.ControllerRevision{} }})
	if err != nil {
		t.Fatal(err)
	}
	for raw, readable := range map[string]bool{`{"a":1}`: true, `1e400`: false, `{"a":[1e400]}`: false, `{`: false} {
		r := &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Name: "r"}, Data: kruntime.RawExtension{Raw: []byte(raw)}}
		if err := f.Update(nil, r, "one"); (err == nil) != readable || err != nil && !apierrors.IsBadRequest(err) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	f := services(b)
	made := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "s", ResourceVersion: "1"}, Spec: corev1.ServiceSpec{Type: "ClusterIP", Ports: []corev1.ServicePort{{Port: 1}, {Port: 2}}}}
	update(b, f, nil, made, "one")
	for b.Loop() {
		next := *made
		next.Spec.ExternalName = "x"
		update(b, f, made, &next, "two")
	}
}
