package app

import (
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/access/token"
	"argosy.dev/cache"
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
	res, ok := r.pipeline.Lookup(schedulingv1.SchemeGroupVersion.WithResource("priorityclasses"))
	if !ok {
		return nil
	}
	entries, _, err := res.Table.List(cache.Range{})
	if err != nil {
		return nil // the newest state can always be listed
	}
	classes := make([]*schedulingv1.PriorityClass, 0, len(entries))
	for _, e := range entries {
		if class, ok := e.Object.(*schedulingv1.PriorityClass); ok {
			classes = append(classes, class)
		}
	}
	return classes
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
