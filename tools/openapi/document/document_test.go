package document

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNaming(t *testing.T) {
	for kind, want := range map[string]string{
		"Pod": "a Pod", "Ingress": "an Ingress", "Endpoints": "Endpoints", "IPAddress": "an IPAddress", "CSIDriver": "a CSIDriver",
	} {
		if got := withArticle(kind); got != want {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
	for group, want := range map[string][2]string{
		"":                             {"Core", "core_v1"},
		"apps":                         {"Apps", "apps_v1"},
		"events.k8s.io":                {"Events", "events_v1"},
		"rbac.authorization.k8s.io":    {"RbacAuthorization", "rbacAuthorization_v1"},
		"flowcontrol.apiserver.k8s.io": {"FlowcontrolApiserver", "flowcontrolApiserver_v1"},
	} {
		gv := GroupVersion{Group: group, Version: "v1"}
		if got := [2]string{groupName(group), gv.tag()}; got != want {
			t.Errorf("%s: got %v, want %v", group, got, want)
		}
	}
}

// The ids and paths below are the ones that generated clients and tools know from Kubernetes.
func TestOperations(t *testing.T) {
	all, err := allRoutes(newScheme())
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*route{}
	for _, rs := range all {
		for _, r := range rs {
			if other := byID[r.id]; other != nil {
				t.Errorf("both %s %s and %s %s are %s", r.method, r.path, other.method, other.path, r.id)
			}
			byID[r.id] = r
		}
	}
	pods := "/api/v1/namespaces/{namespace}/pods"
	tests := []struct{ id, method, path, action, description string }{
		{"createCoreV1NamespacedPod", "POST", pods, "post", "create a Pod"},
		{"deleteCoreV1CollectionNamespacedPod", "DELETE", pods, "deletecollection", "delete collection of Pod"},
		{"listCoreV1PodForAllNamespaces", "GET", "/api/v1/pods", "list", "list or watch objects of kind Pod"},
		{"listCoreV1ComponentStatus", "GET", "/api/v1/componentstatuses", "list", "list objects of kind ComponentStatus"},
		{"readCoreV1NamespacedPodLog", "GET", pods + "/{name}/log", "get", "read log of the specified Pod"},
		{"replaceCoreV1NamespacedPodStatus", "PUT", pods + "/{name}/status", "put", "replace status of the specified Pod"},
		{"createCoreV1NamespacedPodEviction", "POST", pods + "/{name}/eviction", "post", "create eviction of a Pod"},
		{"connectCoreV1GetNamespacedPodExec", "GET", pods + "/{name}/exec", "connect", "connect GET requests to exec of Pod"},
		{"connectCoreV1HeadNamespacedPodProxyWithPath", "HEAD", pods + "/{name}/proxy/{path}", "connect", "connect HEAD requests to proxy of Pod"},
		{"replaceCoreV1NamespaceFinalize", "PUT", "/api/v1/namespaces/{name}/finalize", "put", "replace finalize of the specified Namespace"},
		{"patchAppsV1NamespacedDeploymentScale", "PATCH", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale", "patch", "partially update scale of the specified Deployment"},
		{"deleteRbacAuthorizationV1ClusterRole", "DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}", "delete", "delete a ClusterRole"},
		{"createAuthorizationV1SubjectAccessReview", "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", "post", "create a SubjectAccessReview"},
		{"getAppsAPIGroup", "GET", "/apis/apps/", "", "get information of a group"},
		{"getAppsV1APIResources", "GET", "/apis/apps/v1/", "", "get available resources"},
	}
	for _, tt := range tests {
		r := byID[tt.id]
		if r == nil {
			t.Errorf("there is no %s", tt.id)
			continue
		}
		if r.method != tt.method || r.path != tt.path || r.action != tt.action || r.description != tt.description {
			t.Errorf("%s is %s %s, %q, %q", tt.id, r.method, r.path, r.action, r.description)
		}
	}
	for id, kind := range map[string]string{
		"createCoreV1NamespacedPodEviction": "Eviction", "patchAppsV1NamespacedDeploymentScale": "Scale",
		"connectCoreV1GetNamespacedPodExec": "PodExecOptions", "readCoreV1NamespacedPodLog": "Pod",
	} {
		if got := byID[id].gvk.Kind; got != kind {
			t.Errorf("%s acts on %s, want %s", id, got, kind)
		}
	}
}

func TestQueryParameters(t *testing.T) {
	names := func(ps []parameter) (out []string) {
		for _, p := range ps {
			if p.description == "" {
				t.Errorf("%s has no description", p.name)
			}
			out = append(out, p.name+":"+p.dataType)
		}
		slices.Sort(out)
		return out
	}
	want := []string{"dryRun:string", "fieldManager:string", "fieldValidation:string", "force:boolean"}
	if got := names(queryParameters(metav1.PatchOptions{})); !slices.Equal(got, want) {
		t.Errorf("a patch has %v, want %v", got, want)
	}
	want = []string{"command:string", "container:string", "stderr:boolean", "stdin:boolean", "stdout:boolean", "tty:boolean"}
	if got := names(queryParameters(&corev1.PodExecOptions{})); !slices.Equal(got, want) {
		t.Errorf("exec has %v, want %v", got, want)
	}
	if got := names(queryParameters(metav1.ListOptions{}, "watch")); slices.Contains(got, "watch:boolean") || !slices.Contains(got, "limit:integer") {
		t.Errorf("a list without watch has %v", got)
	}
	for _, p := range queryParameters(corev1.PodLogOptions{}) {
		if p.name == "sinceTime" {
			t.Error("sinceTime, which is an object, is a query parameter")
		}
	}
}

func TestPackages(t *testing.T) {
	got, err := Packages()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"k8s.io/api/core/v1", "k8s.io/api/resource/v1", "k8s.io/apimachinery/pkg/apis/meta/v1"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	if !slices.IsSorted(got) {
		t.Error("not sorted")
	}
}
