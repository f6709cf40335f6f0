package admission

import (
	"context"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/cache"
	"argosy.dev/kinds/core/service"
	"argosy.dev/resource"
)

// View is the Reader of a cluster in this process: straight from the cache. Pipeline may be set after the chain was made of it, before
// the first write.
type View struct{ Pipeline *resource.Pipeline }

// Get finds an object by its resource and key; nil for none.
func (r *View) Get(gvr schema.GroupVersionResource, key string) cache.Object {
	res, ok := r.Pipeline.Lookup(gvr)
	if !ok {
		return nil
	}
	e, ok := res.Table.Get(key)
	if !ok {
		return nil
	}
	return e.Object
}

// Namespace finds a namespace.
func (r *View) Namespace(name string) (*corev1.Namespace, bool) {
	ns, ok := r.Get(corev1.SchemeGroupVersion.WithResource("namespaces"), name).(*corev1.Namespace)
	return ns, ok
}

func (r *View) ServiceAccount(namespace, name string) (*corev1.ServiceAccount, bool) {
	sa, ok := r.Get(corev1.SchemeGroupVersion.WithResource("serviceaccounts"), namespace+"/"+name).(*corev1.ServiceAccount)
	return sa, ok
}

func (r *View) Pod(namespace, name string) (*corev1.Pod, bool) {
	pod, ok := r.Get(corev1.SchemeGroupVersion.WithResource("pods"), namespace+"/"+name).(*corev1.Pod)
	return pod, ok
}

func (r *View) Node(name string) (*corev1.Node, bool) {
	node, ok := r.Get(corev1.SchemeGroupVersion.WithResource("nodes"), name).(*corev1.Node)
	return node, ok
}

func (r *View) PriorityClass(name string) (*schedulingv1.PriorityClass, bool) {
	class, ok := r.Get(schedulingv1.SchemeGroupVersion.WithResource("priorityclasses"), name).(*schedulingv1.PriorityClass)
	return class, ok
}

func (r *View) PriorityClasses() []*schedulingv1.PriorityClass {
	return listed[*schedulingv1.PriorityClass](r, schedulingv1.SchemeGroupVersion.WithResource("priorityclasses"), "")
}

func (r *View) RuntimeClass(name string) (*nodev1.RuntimeClass, bool) {
	class, ok := r.Get(nodev1.SchemeGroupVersion.WithResource("runtimeclasses"), name).(*nodev1.RuntimeClass)
	return class, ok
}

func (r *View) StorageClass(name string) (*storagev1.StorageClass, bool) {
	class, ok := r.Get(storagev1.SchemeGroupVersion.WithResource("storageclasses"), name).(*storagev1.StorageClass)
	return class, ok
}

func (r *View) StorageClasses() []*storagev1.StorageClass {
	return listed[*storagev1.StorageClass](r, storagev1.SchemeGroupVersion.WithResource("storageclasses"), "")
}

func (r *View) IngressClasses() []*networkingv1.IngressClass {
	return listed[*networkingv1.IngressClass](r, networkingv1.SchemeGroupVersion.WithResource("ingressclasses"), "")
}

func (r *View) ServicesWithIP(ip string) []*corev1.Service {
	return indexed[*corev1.Service](r, corev1.SchemeGroupVersion.WithResource("services"), service.ByClusterIP, ip)
}

func (r *View) ServicesOnNodePort(port int32) []*corev1.Service {
	return indexed[*corev1.Service](r, corev1.SchemeGroupVersion.WithResource("services"), service.ByNodePort, strconv.Itoa(int(port)))
}

func (r *View) Services() []*corev1.Service {
	return listed[*corev1.Service](r, corev1.SchemeGroupVersion.WithResource("services"), "")
}

func (r *View) ServiceCIDRs() []*networkingv1.ServiceCIDR {
	return listed[*networkingv1.ServiceCIDR](r, networkingv1.SchemeGroupVersion.WithResource("servicecidrs"), "")
}

func (r *View) LimitRanges(namespace string) []*corev1.LimitRange {
	return listed[*corev1.LimitRange](r, corev1.SchemeGroupVersion.WithResource("limitranges"), namespace)
}

func (r *View) ResourceQuotas(namespace string) []*corev1.ResourceQuota {
	return listed[*corev1.ResourceQuota](r, quotas, namespace)
}

var quotas = corev1.SchemeGroupVersion.WithResource("resourcequotas")

// UpdateQuotaStatus books usage in a quota, as the server itself.
func (r *View) UpdateQuotaStatus(ctx context.Context, q *corev1.ResourceQuota) error {
	res, ok := r.Pipeline.Lookup(quotas)
	if !ok {
		return fmt.Errorf("the server has no %s", quotas.GroupResource())
	}
	target := resource.Target{Resource: res, Version: quotas.Version, Namespace: q.Namespace, Name: q.Name, Subresource: "status"}
	_, err := r.Pipeline.Update(ctx, target, resource.Body{Object: q}, metav1.UpdateOptions{FieldManager: "kube-apiserver"})
	return err
}

var budgets = policyv1.SchemeGroupVersion.WithResource("poddisruptionbudgets")

func (r *View) DisruptionBudgets(namespace string) []*policyv1.PodDisruptionBudget {
	return listed[*policyv1.PodDisruptionBudget](r, budgets, namespace)
}

// UpdateBudgetStatus books an eviction in a budget, as the server itself.
func (r *View) UpdateBudgetStatus(ctx context.Context, b *policyv1.PodDisruptionBudget) error {
	res, ok := r.Pipeline.Lookup(budgets)
	if !ok {
		return fmt.Errorf("the server has no %s", budgets.GroupResource())
	}
	target := resource.Target{Resource: res, Version: budgets.Version, Namespace: b.Namespace, Name: b.Name, Subresource: "status"}
	_, err := r.Pipeline.Update(ctx, target, resource.Body{Object: b}, metav1.UpdateOptions{FieldManager: "kube-apiserver"})
	return err
}

func (r *View) Pods(namespace string) []*corev1.Pod {
	return listed[*corev1.Pod](r, corev1.SchemeGroupVersion.WithResource("pods"), namespace)
}

// indexed returns the objects that a table's index shows under value.
func indexed[T cache.Object](r *View, gvr schema.GroupVersionResource, index, value string) []T {
	res, ok := r.Pipeline.Lookup(gvr)
	if !ok {
		return nil
	}
	return objects[T](res.Table.ByIndex(index, value))
}

// listed returns a resource's objects, of one namespace or of all ("").
func listed[T cache.Object](r *View, gvr schema.GroupVersionResource, namespace string) []T {
	res, ok := r.Pipeline.Lookup(gvr)
	if !ok {
		return nil
	}
	entries, _, err := res.Table.List(cache.Range{Namespace: namespace})
	if err != nil {
		return nil // the newest state can always be listed
	}
	return objects[T](entries)
}

func objects[T cache.Object](entries []*cache.Entry) []T {
	list := make([]T, 0, len(entries))
	for _, e := range entries {
		if obj, ok := e.Object.(T); ok {
			list = append(list, obj)
		}
	}
	return list
}
