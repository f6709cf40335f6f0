package openapi

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	clientopenapi "k8s.io/client-go/openapi"
	"k8s.io/client-go/openapi/cached"
	"k8s.io/client-go/openapi3"
	"k8s.io/client-go/rest"
	explain "k8s.io/kubectl/pkg/explain/v2"
	kubectlopenapi "k8s.io/kubectl/pkg/util/openapi"
)

// The clients below are the ones inside kubectl and Helm, asking over HTTP.

func serveAll(t *testing.T) *rest.Config {
	t.Helper()
	s := httptest.NewServer(New(Options{}))
	t.Cleanup(s.Close)
	return &rest.Config{Host: s.URL}
}

func discoveryClient(t *testing.T) *discovery.DiscoveryClient {
	t.Helper()
	c, err := discovery.NewDiscoveryClientForConfig(serveAll(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func clientV3(t *testing.T) clientopenapi.Client {
	t.Helper()
	return cached.NewClient(discoveryClient(t).OpenAPIV3())
}

// persisted lists the kinds of the served group versions that can be listed, from the API types rather than the documents.
func persisted(t *testing.T) []schema.GroupVersionKind {
	t.Helper()
	var out []schema.GroupVersionKind
	for _, s := range builtin {
		if s.version == "" {
			continue
		}
		gv := schema.GroupVersion{Group: s.group, Version: s.version}
		known := scheme.Scheme.KnownTypes(gv)
		for kind, t := range known {
			_, listed := known[kind+"List"]
			shared := strings.HasPrefix(t.PkgPath(), "k8s.io/apimachinery/") // discovery's own
			if listed && !shared && kind != "ComponentStatus" {              // which is only read
				out = append(out, gv.WithKind(kind))
			}
		}
	}
	if len(out) < 50 {
		t.Fatalf("only %d kinds", len(out))
	}
	return out
}

func TestRootReadsEveryGroupVersion(t *testing.T) {
	root := openapi3.NewRoot(clientV3(t))
	gvs, err := root.GroupVersions()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range builtin {
		if s.version == "" {
			continue
		}
		gv := schema.GroupVersion{Group: s.group, Version: s.version}
		if !slices.Contains(gvs, gv) {
			t.Errorf("the root does not list %s", gv)
		}
		spec, err := root.GVSpec(gv)
		if err != nil {
			t.Errorf("%s: %v", gv, err)
		} else if len(spec.Paths.Paths) == 0 || len(spec.Components.Schemas) == 0 {
			t.Errorf("%s: an empty document", gv)
		}
	}
}

func TestApplyFindsFieldValidation(t *testing.T) {
	config := serveAll(t)
	d, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	verifier := resource.NewQueryParamVerifierV3(d, clientV3(t), resource.QueryParamFieldValidation)
	for _, gvk := range persisted(t) {
		if err := verifier.HasSupport(gvk); err != nil {
			t.Errorf("%s: %v", gvk, err)
		}
	}
}

func TestExplainEveryResource(t *testing.T) {
	client := clientV3(t)
	for _, s := range builtin {
		for _, name := range s.resources {
			if strings.Contains(name, "/") {
				continue
			}
			gvr := schema.GroupVersionResource{Group: s.group, Version: s.version, Resource: name}
			var out bytes.Buffer
			if err := explain.PrintModelDescription(nil, &out, client, gvr, true, "plaintext"); err != nil {
				t.Errorf("%s: %v", gvr, err)
			} else if text := out.String(); !strings.Contains(text, "FIELDS:") || !strings.Contains(text, "apiVersion\t<string>") {
				t.Errorf("%s is explained as\n%s", gvr, text)
			}
		}
	}
}

func TestExplainAField(t *testing.T) {
	var out bytes.Buffer
	gvr := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	path := []string{"spec", "template", "spec", "containers", "imagePullPolicy"}
	if err := explain.PrintModelDescription(path, &out, clientV3(t), gvr, false, "plaintext"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FIELD: imagePullPolicy <string>", "ENUM:", "IfNotPresent"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// deployment has one container for each name, with an image of the tag.
func deployment(t *testing.T, tag string, containers ...string) []byte {
	t.Helper()
	var list []any
	for _, name := range containers {
		list = append(list, map[string]any{"name": name, "image": name + ":" + tag})
	}
	out, err := json.Marshal(map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "web"},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": list}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// wantPatch is what must be sent to go from containers a and b of image 1 to a alone of image 2: lists merged by name.
const wantPatch = `{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"a"}],` +
	`"containers":[{"image":"a:2","name":"a"},{"$patch":"delete","name":"b"}]}}}}`

func TestApplyPatchesByTheV3Document(t *testing.T) {
	spec, err := openapi3.NewRoot(clientV3(t)).GVSpec(schema.GroupVersion{Group: "apps", Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	meta := strategicpatch.PatchMetaFromOpenAPIV3{
		Schema: spec.Components.Schemas["io.k8s.api.apps.v1.Deployment"], SchemaList: spec.Components.Schemas,
	}
	checkPatch(t, meta)
}

func TestApplyPatchesByTheV2Document(t *testing.T) {
	document, err := discoveryClient(t).OpenAPISchema()
	if err != nil {
		t.Fatal(err)
	}
	resources, err := kubectlopenapi.NewOpenAPIData(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, gvk := range persisted(t) {
		if resources.LookupResource(gvk) == nil {
			t.Errorf("v2 does not describe %s", gvk)
		}
	}
	gvk := schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}
	if !slices.Contains(resources.GetConsumes(gvk, "PATCH"), "application/strategic-merge-patch+json") {
		t.Error("v2 does not say that a Deployment takes strategic merge patches")
	}
	checkPatch(t, strategicpatch.NewPatchMetaFromOpenAPI(resources.LookupResource(gvk)))
}

func checkPatch(t *testing.T, meta strategicpatch.LookupPatchMeta) {
	t.Helper()
	before, after := deployment(t, "1", "a", "b"), deployment(t, "2", "a")
	patch, err := strategicpatch.CreateThreeWayMergePatch(before, after, before, meta, true)
	if err != nil {
		t.Fatal(err)
	}
	if string(patch) != wantPatch {
		t.Errorf("the patch is\n%s\nwant\n%s", patch, wantPatch)
	}
}

// Shared kinds such as DeleteOptions stand for the group versions that clients send them to.
func TestSharedKinds(t *testing.T) {
	spec, err := openapi3.NewRoot(clientV3(t)).GVSpec(schema.GroupVersion{Group: "apps", Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []metav1.GroupVersionKind
	options := spec.Components.Schemas["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"]
	if err := options.Extensions.GetObject("x-kubernetes-group-version-kind", &got); err != nil {
		t.Fatal(err)
	}
	want := []metav1.GroupVersionKind{
		{Group: "", Version: "v1", Kind: "DeleteOptions"}, {Group: "apps", Version: "v1", Kind: "DeleteOptions"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("DeleteOptions in apps/v1 stand for %v", got)
	}
}
