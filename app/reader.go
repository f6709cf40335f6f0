package app

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/access/token"
	"argosy.dev/cache"
	"argosy.dev/kinds/core/service"
	"argosy.dev/resource"
)

// reader shows admission what it looks at, straight from the cache.
type reader struct{ pipeline *resource.Pipeline }

func (r reader) get(gvr schema.GroupVersionResource, key string) cache.Object {
	res, ok := r.pipeline.Lookup(gvr)
	if !ok {
		return nil
	}
	e, ok := res.Table.Get(key)
	if !ok {
		return nil
	}
	return e.Object
}

func (r reader) Namespace(name string) (*corev1.Namespace, bool) {
	ns, ok := r.get(corev1.SchemeGroupVersion.WithResource("namespaces"), name).(*corev1.Namespace)
	return ns, ok
}

func (r reader) ServiceAccount(namespace, name string) (*corev1.ServiceAccount, bool) {
	sa, ok := r.get(corev1.SchemeGroupVersion.WithResource("serviceaccounts"), namespace+"/"+name).(*corev1.ServiceAccount)
	return sa, ok
}

func (r reader) PriorityClass(name string) (*schedulingv1.PriorityClass, bool) {
	class, ok := r.get(schedulingv1.SchemeGroupVersion.WithResource("priorityclasses"), name).(*schedulingv1.PriorityClass)
	return class, ok
}

func (r reader) PriorityClasses() []*schedulingv1.PriorityClass {
	return listed[*schedulingv1.PriorityClass](r, schedulingv1.SchemeGroupVersion.WithResource("priorityclasses"), "")
}

func (r reader) ServicesWithIP(ip string) []*corev1.Service {
	return indexed[*corev1.Service](r, corev1.SchemeGroupVersion.WithResource("services"), service.ByClusterIP, ip)
}

func (r reader) ServicesOnNodePort(port int32) []*corev1.Service {
	return indexed[*corev1.Service](r, corev1.SchemeGroupVersion.WithResource("services"), service.ByNodePort, strconv.Itoa(int(port)))
}

func (r reader) LimitRanges(namespace string) []*corev1.LimitRange {
	return listed[*corev1.LimitRange](r, corev1.SchemeGroupVersion.WithResource("limitranges"), namespace)
}

func (r reader) Pods(namespace string) []*corev1.Pod {
	return listed[*corev1.Pod](r, corev1.SchemeGroupVersion.WithResource("pods"), namespace)
}

// indexed returns the objects that a table's index shows under value.
func indexed[T cache.Object](r reader, gvr schema.GroupVersionResource, index, value string) []T {
	res, ok := r.pipeline.Lookup(gvr)
	if !ok {
		return nil
	}
	return objects[T](res.Table.ByIndex(index, value))
}

// listed returns a resource's objects, of one namespace or of all ("").
func listed[T cache.Object](r reader, gvr schema.GroupVersionResource, namespace string) []T {
	res, ok := r.pipeline.Lookup(gvr)
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

// Find tells the token verifier what there is now.
func (r reader) Find(kind token.Kind, namespace, name string) (token.Object, bool) {
	resource, ok := map[token.Kind]string{token.ServiceAccount: "serviceaccounts", token.Pod: "pods", token.Secret: "secrets", token.Node: "nodes"}[kind]
	if !ok {
		return token.Object{}, false
	}
	key := name
	if namespace != "" {
		key = namespace + "/" + name
	}
	obj := r.get(corev1.SchemeGroupVersion.WithResource(resource), key)
	if obj == nil {
		return token.Object{}, false
	}
	found := token.Object{UID: string(obj.GetUID())}
	if d := obj.GetDeletionTimestamp(); d != nil {
		found.Deleted = d.Time
	}
	if pod, ok := obj.(*corev1.Pod); ok {
		found.ServiceAccount, found.Node = pod.Spec.ServiceAccountName, pod.Spec.NodeName
	}
	return found, true
}
