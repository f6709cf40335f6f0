package customresource

import (
	"os"
	"strings"
	"testing"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
)

func made(t *testing.T) *Made {
	t.Helper()
	text, err := os.ReadFile("testdata/definition.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(text, d); err != nil {
		t.Fatal(err)
	}
	m, err := Make(d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	// As the server's decoder has it: whole numbers are integers.
	raw, err := u.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := u.UnmarshalJSON(raw); err != nil {
		t.Fatal(err)
	}
	return u
}

const whole = `{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {size: 2, color: red, more: x}, status: {size: 1, selector: a=b}}`

func TestFillPrunesAndDefaults(t *testing.T) {
	m := made(t)
	u := object(t, whole)
	if got := m.Kind.Unknown(u); len(got) != 1 || got[0] != "spec.more" {
		t.Errorf("unknown fields: %v", got)
	}
	unstructured.RemoveNestedField(u.Object, "spec", "size")
	m.Kind.Default(u)
	if _, found, _ := unstructured.NestedString(u.Object, "spec", "more"); found {
		t.Error("an unknown field was kept")
	}
	if n, _, _ := unstructured.NestedInt64(u.Object, "spec", "size"); n != 3 {
		t.Errorf("the default is %d", n)
	}
}

func TestValidate(t *testing.T) {
	m := made(t)
	for name, c := range map[string]struct{ text, want string }{
		"fine":     {whole, ""},
		"schema":   {strings.Replace(whole, "color: red", "color: green", 1), `spec.color: Unsupported value: "green"`},
		"type":     {strings.Replace(whole, "size: 2", "size: x", 1), "some validation rules were not checked"},
		"rule":     {strings.Replace(whole, "size: 2", "size: 200", 1), "spec.size: Invalid value: too big"},
		"negative": {strings.Replace(whole, "size: 2", "size: -2", 1), ".spec.size: Invalid value: -2: should be a non-negative integer"},
	} {
		u := object(t, c.text)
		m.Kind.Default(u)
		got := ""
		if errs := m.Kind.Validate(u); len(errs) > 0 {
			got = errs.ToAggregate().Error()
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	old, now := object(t, whole), object(t, strings.Replace(whole, "color: red", "color: blue", 1))
	if errs := m.Kind.ValidateUpdate(now, old); len(errs) != 1 || !strings.Contains(errs[0].Error(), "color is immutable") {
		t.Errorf("a change that a rule forbids: %v", errs)
	}
}

func TestStatusAndSpecAreKeptApart(t *testing.T) {
	m := made(t)
	old := object(t, whole)
	now := object(t, strings.NewReplacer("size: 2", "size: 5", "size: 1", "size: 9").Replace(whole))
	through := now.DeepCopy()
	m.Kind.PrepareUpdate(through, old)
	if n, _, _ := unstructured.NestedInt64(through.Object, "status", "size"); n != 1 {
		t.Errorf("the main resource wrote the status: %d", n)
	}
	if !m.Kind.Generation(through, old) || m.Kind.Generation(old.DeepCopy(), old) {
		t.Error("the generation does not count changes of the specification")
	}
	status, _ := m.Kind.Subresource("status")
	through = now.DeepCopy()
	through.SetLabels(map[string]string{"a": "b"})
	status.Prepare(through, old)
	spec, _, _ := unstructured.NestedInt64(through.Object, "spec", "size")
	state, _, _ := unstructured.NestedInt64(through.Object, "status", "size")
	if spec != 2 || state != 9 || len(through.GetLabels()) > 0 || m.Kind.Generation(through, old) {
		t.Errorf("the status subresource: %v", through.Object)
	}
}

func TestScale(t *testing.T) {
	m := made(t)
	u := object(t, whole)
	sub, _ := m.Kind.Subresource("scale")
	view, err := sub.View(u)
	if err != nil {
		t.Fatal(err)
	}
	s := view.(*autoscalingv1.Scale)
	if s.Spec.Replicas != 2 || s.Status.Replicas != 1 || s.Status.Selector != "a=b" {
		t.Errorf("shown: %+v", s)
	}
	s.Spec.Replicas = 7
	if err := sub.Merge(u, s); err != nil {
		t.Fatal(err)
	}
	if n, _, _ := unstructured.NestedInt64(u.Object, "spec", "size"); n != 7 {
		t.Errorf("merged: %d", n)
	}
}

func TestVersionsAndColumns(t *testing.T) {
	m := made(t)
	if m.Kind.GVK.Version != "v1" || len(m.Kind.Versions) != 1 || m.Kind.Versions[0].Deprecated != "gone soon" {
		t.Fatalf("versions: %v %v", m.Kind.GVK, m.Kind.Versions)
	}
	u := object(t, whole)
	other, err := m.Kind.Versions[0].FromStored(u)
	if err != nil || other.(*unstructured.Unstructured).GetAPIVersion() != "example.com/v1beta1" || u.GetAPIVersion() != "example.com/v1" {
		t.Errorf("converted: %v %v", other, err)
	}
	var cells []any
	for _, c := range m.Kind.Columns {
		cells = append(cells, c.Value(kinds.Object(u), time.Now()))
	}
	if len(cells) != 3 || cells[0] != "t" || cells[1] != int64(2) || cells[2] != "red" {
		t.Errorf("cells: %v", cells)
	}
	if got := m.Kind.Fields["spec.color"](u); got != "red" {
		t.Errorf("selectable: %q", got)
	}
}

func TestConversionByWebhookIsRefused(t *testing.T) {
	d := &apiextensionsv1.CustomResourceDefinition{Spec: apiextensionsv1.CustomResourceDefinitionSpec{
		Conversion: &apiextensionsv1.CustomResourceConversion{Strategy: apiextensionsv1.WebhookConverter}}}
	if _, err := Make(d); err == nil {
		t.Error("a definition was taken whose objects nobody converts")
	}
}
