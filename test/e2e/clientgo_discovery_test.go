package e2e

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	acappsv1 "k8s.io/client-go/applyconfigurations/apps/v1"
	accorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	acmetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/discovery"
	remembered "k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"

	"argosy.dev/test/e2e/cluster"
)

// Client-go's other tools, as controllers and command lines use them.
func TestClientGoTools(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	for _, tool := range []struct {
		name string
		test func(*testing.T, *cluster.Cluster)
	}{
		{"discovery", testDiscoveryClient},
		{"mapper", testMapper},
		{"leader election", testLeaderElection},
		{"who am I", testSelfSubjectReview},
		{"CBOR", testCBOR},
		{"applying", testTypedApply},
		{"scaling", testScaleClient},
		{"pager and conflicts", testPagerAndConflicts},
	} {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			tool.test(t, c)
		})
	}
}

// The discovery client says the same of every resource, whether it asks once for everything or for each group by itself.
func testDiscoveryClient(t *testing.T, c *cluster.Cluster) {
	client := c.API(t).Discovery()
	groups, lists, err := client.ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) < 20 || groups[0].Name != "" || groups[1].Name != "apps" && !slices.ContainsFunc(groups, func(g *metav1.APIGroup) bool { return g.Name == "apps" }) {
		t.Errorf("groups: %v", groups)
	}
	for _, list := range lists {
		legacy, err := discovery.NewDiscoveryClient(c.API(t).Discovery().RESTClient()).WithLegacy().ServerResourcesForGroupVersion(list.GroupVersion)
		if err != nil {
			t.Errorf("%s by itself: %v", list.GroupVersion, err)
			continue
		}
		for i := range list.APIResources {
			got := list.APIResources[i]
			at := slices.IndexFunc(legacy.APIResources, func(r metav1.APIResource) bool { return r.Name == got.Name })
			if at < 0 {
				t.Errorf("%s %s is not in its group's own list", list.GroupVersion, got.Name)
				continue
			}
			one := legacy.APIResources[at]
			if one.Kind != got.Kind || one.SingularName != got.SingularName && !strings.Contains(got.Name, "/") || one.Namespaced != got.Namespaced || !slices.Equal(one.Verbs, got.Verbs) ||
				!slices.Equal(one.ShortNames, got.ShortNames) || !slices.Equal(one.Categories, got.Categories) {
				t.Errorf("%s %s: %+v among all, %+v by itself", list.GroupVersion, got.Name, got, one)
			}
		}
		if len(legacy.APIResources) != len(list.APIResources) {
			t.Errorf("%s: %d resources by itself, %d among all", list.GroupVersion, len(legacy.APIResources), len(list.APIResources))
		}
	}
	if version, err := client.ServerVersion(); err != nil || version.Major != "1" || version.Minor != "36" {
		t.Errorf("version: %+v, %v", version, err)
	}
	if document, err := client.OpenAPISchema(); err != nil || len(document.GetDefinitions().GetAdditionalProperties()) < 500 {
		t.Errorf("OpenAPI v2: %v", err)
	}
	paths, err := client.OpenAPIV3().Paths()
	if err != nil || paths["api/v1"] == nil || paths["apis/apps/v1"] == nil {
		t.Errorf("OpenAPI v3: %v, %v", paths, err)
	}
}

// Short names, kinds and resources lead to each other, and a dynamic client writes what the mapper found.
func testMapper(t *testing.T, c *cluster.Cluster) {
	cached := remembered.NewMemCacheClient(c.API(t).Discovery())
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	for short, want := range map[string]schema.GroupVersionKind{
		"po": corev1.SchemeGroupVersion.WithKind("Pod"), "deploy": appsv1.SchemeGroupVersion.WithKind("Deployment"), "deployments": appsv1.SchemeGroupVersion.WithKind("Deployment"),
		"sts": appsv1.SchemeGroupVersion.WithKind("StatefulSet"), "pdb": {Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"},
		"hpa": {Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscaler"}, "crd": {Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
	} {
		resource, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: short})
		if err != nil {
			t.Errorf("%s: %v", short, err)
			continue
		}
		kind, err := mapper.KindFor(resource)
		if err != nil || kind != want {
			t.Errorf("%s is a %v, %v; want %v", short, kind, err, want)
		}
		mapping, err := mapper.RESTMapping(kind.GroupKind())
		if err != nil || mapping.Resource.Resource != resource.Resource {
			t.Errorf("%v is served as %+v, %v; want %v", kind, mapping, err, resource)
		}
	}
	if all, ok := restmapper.NewDiscoveryCategoryExpander(cached).Expand("all"); !ok || len(all) < 9 {
		t.Errorf("all is %v", all)
	}

	loose, err := dynamic.NewForConfig(c.REST(t))
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"}, "v1")
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "mapped"}, "spec": map[string]any{
		"selector": map[string]any{"matchLabels": map[string]any{"a": "b"}}, "template": map[string]any{"metadata": map[string]any{"labels": map[string]any{"a": "b"}},
			"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "i"}}}}}}}
	made, err := loose.Resource(mapping.Resource).Namespace("default").Create(t.Context(), object, metav1.CreateOptions{FieldValidation: "Strict"})
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := unstructured.NestedInt64(made.Object, "spec", "replicas"); n != 1 || err != nil {
		t.Errorf("replicas are %d, %v", n, err)
	}
	if _, err := loose.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "ships"}).List(t.Context(), metav1.ListOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("a resource of nobody: %v", err)
	}
}

// Of two candidates one leads; when it leaves, the other does.
func testLeaderElection(t *testing.T, c *cluster.Cluster) {
	leads := make(chan string, 10)
	run := func(ctx context.Context, name string) {
		lock := &resourcelock.LeaseLock{LeaseMeta: metav1.ObjectMeta{Name: "election", Namespace: "kube-system"}, Client: c.API(t).CoordinationV1(), LockConfig: resourcelock.ResourceLockConfig{Identity: name}}
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{Lock: lock, LeaseDuration: 10 * time.Second, RenewDeadline: 5 * time.Second, RetryPeriod: 100 * time.Millisecond,
			ReleaseOnCancel: true, Name: "election", Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leads <- name },
				OnStoppedLeading: func() {},
			}})
	}
	next := func() string {
		t.Helper()
		select {
		case name := <-leads:
			return name
		case <-time.After(awaitTimeout):
			t.Fatal("nobody leads")
			return ""
		}
	}
	ctx := map[string]context.CancelFunc{}
	var running sync.WaitGroup
	for _, name := range []string{"one", "other"} {
		of, cancel := context.WithCancel(t.Context())
		ctx[name] = cancel
		running.Go(func() { run(of, name) })
	}
	first := next()
	lease, err := c.API(t).CoordinationV1().Leases("kube-system").Get(t.Context(), "election", metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != first {
		t.Errorf("%s leads, and the lease is %+v, %v", first, lease, err)
	}
	ctx[first]()
	second := next()
	if second == first {
		t.Errorf("%s leads again", second)
	}
	ctx[second]()
	running.Wait()
}

func testSelfSubjectReview(t *testing.T, c *cluster.Cluster) {
	me, err := c.API(t).AuthenticationV1().SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil || !slices.Contains(me.Status.UserInfo.Groups, "system:authenticated") || me.Status.UserInfo.Username == "" {
		t.Errorf("I am %+v, %v", me, err)
	}
	config := c.REST(t)
	config.Impersonate.UserName, config.Impersonate.Groups = "jane", []string{"crew"}
	jane, err := kubernetes.NewForConfigOrDie(config).AuthenticationV1().SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil || jane.Status.UserInfo.Username != "jane" || !slices.Equal(jane.Status.UserInfo.Groups, []string{"crew", "system:authenticated"}) {
		t.Errorf("jane is %+v, %v", jane, err)
	}
	contains(t, "whoami", c.Kubectl(t, "auth", "whoami"), "Username", me.Status.UserInfo.Username)
}

// CBOR is off, as it is upstream unless a gate is opened: who would take nothing else gets nothing, others JSON.
func testCBOR(t *testing.T, c *cluster.Cluster) {
	do := func(method, accept, content, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, c.REST(t).Host+"/api/v1/namespaces/default/configmaps", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", accept)
		if content != "" {
			r.Header.Set("Content-Type", content)
		}
		answer, err := c.HTTP(t).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, answer.Header.Get("Content-Type") + " " + string(text)
	}
	if code, text := do("GET", "application/cbor", "", ""); code != http.StatusNotAcceptable {
		t.Errorf("CBOR alone: %d %s", code, text)
	}
	if code, text := do("GET", "application/cbor,application/json;q=0.9", "", ""); code != 200 || !strings.HasPrefix(text, "application/json {") {
		t.Errorf("CBOR or JSON: %d %s", code, text)
	}
	if code, text := do("POST", "application/json", "application/cbor", "\xd9\xd9\xf7\xa0"); code != http.StatusUnsupportedMediaType {
		t.Errorf("a body of CBOR: %d %s", code, text)
	}
}

// Apply with typed configurations: what was extracted of an object is what was applied, and without its labels they go.
func testTypedApply(t *testing.T, c *cluster.Cluster) {
	api := c.API(t).AppsV1().Deployments("default")
	options := metav1.ApplyOptions{FieldManager: "typed"}
	config := acappsv1.Deployment("applied", "default").WithLabels(map[string]string{"tier": "back"}).WithSpec(acappsv1.DeploymentSpec().WithReplicas(2).
		WithSelector(acmetav1.LabelSelector().WithMatchLabels(map[string]string{"a": "b"})).
		WithTemplate(accorev1.PodTemplateSpec().WithLabels(map[string]string{"a": "b"}).WithSpec(accorev1.PodSpec().WithContainers(accorev1.Container().WithName("c").WithImage("i")))))
	made, err := api.Apply(t.Context(), config, options)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := acappsv1.ExtractDeployment(made, "typed")
	if err != nil {
		t.Fatal(err)
	}
	if mine.Spec.Replicas == nil || *mine.Spec.Replicas != 2 || len(mine.Spec.Template.Spec.Containers) != 1 || mine.Spec.Template.Spec.Containers[0].ImagePullPolicy != nil || mine.Labels["tier"] != "back" {
		t.Errorf("extracted: %+v", mine)
	}
	mine.Labels = nil
	got, err := api.Apply(t.Context(), mine, options)
	if err != nil || len(got.Labels) != 0 || got.Generation != made.Generation {
		t.Errorf("without its labels: %+v, %v", got, err)
	}
	status, err := api.ApplyStatus(t.Context(), acappsv1.Deployment("applied", "default").WithStatus(acappsv1.DeploymentStatus().WithReplicas(2).WithObservedGeneration(1)), metav1.ApplyOptions{FieldManager: "reporter"})
	if err != nil || status.Status.Replicas != 2 {
		t.Errorf("status: %+v, %v", status, err)
	}
	reported, err := acappsv1.ExtractDeploymentStatus(status, "reporter")
	if err != nil || reported.Status == nil || reported.Status.Replicas == nil || reported.Spec != nil {
		t.Errorf("extracted of the status: %+v, %v", reported, err)
	}
}

// The scale client finds by itself in which version each kind scales.
func testScaleClient(t *testing.T, c *cluster.Cluster) {
	cached := remembered.NewMemCacheClient(c.API(t).Discovery())
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	client, err := scale.NewForConfig(c.REST(t), mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(cached))
	if err != nil {
		t.Fatal(err)
	}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
	selector, meta := &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}, metav1.ObjectMeta{Name: "scaled"}
	apps := c.API(t).AppsV1()
	_, err1 := apps.Deployments("default").Create(t.Context(), &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}}, metav1.CreateOptions{})
	_, err2 := apps.ReplicaSets("default").Create(t.Context(), &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{Selector: selector, Template: template}}, metav1.CreateOptions{})
	_, err3 := apps.StatefulSets("default").Create(t.Context(), &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Selector: selector, Template: template}}, metav1.CreateOptions{})
	_, err4 := c.API(t).CoreV1().ReplicationControllers("default").Create(t.Context(), &corev1.ReplicationController{ObjectMeta: meta, Spec: corev1.ReplicationControllerSpec{Template: &template}}, metav1.CreateOptions{})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	for _, of := range []schema.GroupResource{{Group: "apps", Resource: "deployments"}, {Group: "apps", Resource: "replicasets"}, {Group: "apps", Resource: "statefulsets"}, {Resource: "replicationcontrollers"}} {
		now, err := client.Scales("default").Get(t.Context(), of, "scaled", metav1.GetOptions{})
		if err != nil || now.Spec.Replicas != 1 || now.Status.Selector != "a=b" {
			t.Errorf("%v is %+v, %v", of, now, err)
			continue
		}
		now.Spec.Replicas = 5
		if now, err = client.Scales("default").Update(t.Context(), of, now, metav1.UpdateOptions{}); err != nil || now.Spec.Replicas != 5 {
			t.Errorf("%v scaled is %+v, %v", of, now, err)
		}
	}
	if _, err := apps.Deployments("default").UpdateScale(t.Context(), "scaled", &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: "scaled", Namespace: "default", ResourceVersion: "1"}}, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		t.Errorf("a scale of an old version: %v", err)
	}
}

// A list in pieces has every object once; ten who count up one number with retries lose none.
func testPagerAndConflicts(t *testing.T, c *cluster.Cluster) {
	namespace, err := c.API(t).CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "paged"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	api := c.API(t).CoreV1().ConfigMaps(namespace.Name)
	for range 35 {
		if _, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "p-"}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	pages := pager.New(pager.SimplePageFunc(func(o metav1.ListOptions) (runtime.Object, error) { return api.List(t.Context(), o) }))
	pages.PageSize = 10
	seen := map[string]bool{}
	if err := pages.EachListItem(t.Context(), metav1.ListOptions{}, func(object runtime.Object) error {
		seen[object.(*corev1.ConfigMap).Name] = true
		return nil
	}); err != nil || len(seen) != 35 {
		t.Errorf("%d objects, %v", len(seen), err)
	}

	counter, err := api.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "counter"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var counting sync.WaitGroup
	patient := retry.DefaultBackoff
	patient.Steps = 100
	patient.Factor = 1
	for range 10 {
		counting.Go(func() {
			if err := retry.RetryOnConflict(patient, func() error {
				now, err := api.Get(t.Context(), counter.Name, metav1.GetOptions{})
				if err != nil {
					return err
				}
				if now.Data == nil {
					now.Data = map[string]string{}
				}
				now.Data["n"] += "x"
				_, err = api.Update(t.Context(), now, metav1.UpdateOptions{})
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	counting.Wait()
	if now, err := api.Get(t.Context(), counter.Name, metav1.GetOptions{}); err != nil || len(now.Data["n"]) != 10 {
		t.Errorf("counted up to %q, %v", now.Data["n"], err)
	}
}
