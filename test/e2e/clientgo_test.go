package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"

	"argosy.dev/test/e2e/cluster"
)

var configMapsResource = corev1.SchemeGroupVersion.WithResource("configmaps")

// Client-go as operators use it: typed and dynamic clients, in JSON and in protobuf, informers, lists that are watches, metadata alone.
func TestClientGo(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	typed := c.API(t).CoreV1().ConfigMaps("default")
	config := c.REST(t)
	config.ContentType, config.AcceptContentTypes = "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf"
	binary, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	loose, err := dynamic.NewForConfig(c.REST(t))
	if err != nil {
		t.Fatal(err)
	}

	// What one client writes, the others read.
	made, err := binary.CoreV1().ConfigMaps("default").Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "a"}, BinaryData: map[string][]byte{"k": {0, 255}}}, metav1.CreateOptions{})
	if err != nil || made.UID == "" {
		t.Fatalf("created in protobuf: %+v, %v", made, err)
	}
	u, err := loose.Resource(configMapsResource).Namespace("default").Get(t.Context(), "a", metav1.GetOptions{})
	if data, _, _ := unstructured.NestedString(u.UnstructuredContent(), "binaryData", "k"); err != nil || data != "AP8=" || u.GetResourceVersion() != made.ResourceVersion {
		t.Fatalf("read by the dynamic client: %v, %v", u, err)
	}
	only, err := metadata.NewForConfig(c.REST(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := only.Resource(configMapsResource).Namespace("default").Get(t.Context(), "a", metav1.GetOptions{}); err != nil || got.UID != made.UID {
		t.Errorf("metadata alone: %+v, %v", got, err)
	}

	t.Run("informers", func(t *testing.T) { testInformers(t, kubernetes.NewForConfigOrDie(config), typed) })
	t.Run("watch lists", func(t *testing.T) {
		began, err := typed.Watch(t.Context(), metav1.ListOptions{SendInitialEvents: new(true), AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan})
		if err != nil {
			t.Fatal(err)
		}
		defer began.Stop()
		for {
			e := nextEvent(t, began)
			object, ok := e.Object.(*corev1.ConfigMap)
			if !ok || e.Type != watch.Added && e.Type != watch.Bookmark {
				t.Fatalf("before the end of the list comes %s %T", e.Type, e.Object)
			}
			if e.Type == watch.Bookmark {
				if object.Annotations[metav1.InitialEventsAnnotationKey] != "true" {
					t.Errorf("the bookmark is %+v", object.ObjectMeta)
				}
				return
			}
		}
	})
	t.Run("resumed watches", func(t *testing.T) { testResumed(t, typed) })
	t.Run("metadata watches", func(t *testing.T) {
		w, err := only.Resource(configMapsResource).Namespace("default").Watch(t.Context(), metav1.ListOptions{ResourceVersion: made.ResourceVersion, FieldSelector: "metadata.name=m"})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Stop()
		if _, err := typed.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "m"}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if got, ok := nextEvent(t, w).Object.(*metav1.PartialObjectMetadata); !ok || got.Name != "m" {
			t.Errorf("the event is of %+v", got)
		}
	})
	t.Run("table watches", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.REST(t).Host+"/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")
		answer, err := c.HTTP(t).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		buffer := make([]byte, 4096)
		n, _ := answer.Body.Read(buffer)
		if text := string(buffer[:n]); answer.StatusCode != 200 || !strings.HasPrefix(text, `{"type":"ADDED","object":{"kind":"Table"`) {
			t.Errorf("%s: %s", answer.Status, text)
		}
	})
}

func nextEvent(t *testing.T, w watch.Interface) watch.Event {
	t.Helper()
	select {
	case e, ok := <-w.ResultChan():
		if !ok {
			t.Fatal("the watch ended")
		}
		return e
	case <-time.After(awaitTimeout):
		t.Fatal("no event came")
	}
	return watch.Event{}
}

func testInformers(t *testing.T, api kubernetes.Interface, typed interface {
	Create(context.Context, *corev1.ConfigMap, metav1.CreateOptions) (*corev1.ConfigMap, error)
	Delete(context.Context, string, metav1.DeleteOptions) error
}) {
	const many = 50
	factory := informers.NewSharedInformerFactoryWithOptions(api, 0, informers.WithNamespace("default"))
	seen, gone := make(chan string, 10*many), make(chan string, 10*many)
	informer := factory.Core().V1().ConfigMaps()
	if _, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { seen <- obj.(*corev1.ConfigMap).Name },
		DeleteFunc: func(obj any) { gone <- obj.(*corev1.ConfigMap).Name },
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	defer cancel()
	for kind, ok := range factory.WaitForCacheSync(ctx.Done()) {
		if !ok {
			t.Fatalf("%v did not come", kind)
		}
	}
	for i := range many {
		name := fmt.Sprintf("i-%d", i)
		if _, err := typed.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	await := func(what string, names chan string) {
		t.Helper()
		left := many
		for timeout := time.After(awaitTimeout); left > 0; {
			select {
			case name := <-names:
				if strings.HasPrefix(name, "i-") {
					left--
				}
			case <-timeout:
				t.Fatalf("%d objects have not %s", left, what)
			}
		}
	}
	await("come", seen)
	for i := range many {
		if err := typed.Delete(t.Context(), fmt.Sprintf("i-%d", i), metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	await("gone", gone)
	if list, err := informer.Lister().ConfigMaps("default").Get("i-0"); !apierrors.IsNotFound(err) {
		t.Errorf("the informer still has %v, %v", list, err)
	}
}

// A watch goes on from any version that the server still knows, and is told 410 from others.
func testResumed(t *testing.T, typed interface {
	Create(context.Context, *corev1.ConfigMap, metav1.CreateOptions) (*corev1.ConfigMap, error)
	Update(context.Context, *corev1.ConfigMap, metav1.UpdateOptions) (*corev1.ConfigMap, error)
	Watch(context.Context, metav1.ListOptions) (watch.Interface, error)
}) {
	object, err := typed.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "resumed"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	versions := []string{object.ResourceVersion}
	for i := range 5 {
		object.Data = map[string]string{"n": strconv.Itoa(i)}
		if object, err = typed.Update(t.Context(), object, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		versions = append(versions, object.ResourceVersion)
	}
	for i, from := range versions[:5] {
		w, err := typed.Watch(t.Context(), metav1.ListOptions{ResourceVersion: from, FieldSelector: "metadata.name=resumed"})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range versions[i+1:] {
			if e := nextEvent(t, w); e.Type != watch.Modified || e.Object.(*corev1.ConfigMap).ResourceVersion != want {
				t.Errorf("from %s comes %+v, want %s", from, e, want)
			}
		}
		w.Stop()
	}
}

// An eviction keeps to the budget of its pod.
func TestEvictionsKeepToBudgets(t *testing.T) {
	t.Parallel()
	api := cluster.Server(t, "--api-only").API(t)
	ctx := t.Context()
	if _, err := api.CoreV1().ServiceAccounts("default").Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	budget := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: "b"}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "a"}}}}
	budget, err := api.PolicyV1().PodDisruptionBudgets("default").Create(ctx, budget, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	budget.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: budget.Generation, DisruptionsAllowed: 1, CurrentHealthy: 2, DesiredHealthy: 1, ExpectedPods: 2}
	if _, err := api.PolicyV1().PodDisruptionBudgets("default").UpdateStatus(ctx, budget, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"p", "q"} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "a"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "x"}}}}
		if pod, err = api.CoreV1().Pods("default").Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		pod.Status.Phase, pod.Status.Conditions = corev1.PodRunning, []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		if _, err := api.CoreV1().Pods("default").UpdateStatus(ctx, pod, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	evict := func(name string) error {
		return api.PolicyV1().Evictions("default").Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}})
	}
	if err := evict("p"); err != nil {
		t.Fatalf("the first eviction: %v", err)
	}
	err = evict("q")
	if !apierrors.IsTooManyRequests(err) || !apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause) {
		t.Errorf("the second eviction: %v", err)
	}
	got, err := api.PolicyV1().PodDisruptionBudgets("default").Get(ctx, "b", metav1.GetOptions{})
	if _, booked := got.Status.DisruptedPods["p"]; err != nil || got.Status.DisruptionsAllowed != 0 || !booked {
		t.Errorf("the budget's status is %+v, %v", got.Status, err)
	}
}
