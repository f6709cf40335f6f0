package app

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"

	"argosy.dev/kinds/core/pod"
)

// decodePod makes a pod of a static pod's manifest, with its defaults. What it must not have is what only the API could give it.
func decodePod(manifest []byte) (*corev1.Pod, error) {
	obj, _, err := scheme.Codecs.UniversalDeserializer().Decode(manifest, nil, nil)
	if err != nil {
		return nil, err
	}
	p, ok := obj.(*corev1.Pod)
	if !ok {
		return nil, fmt.Errorf("it holds a %T, want a Pod of v1", obj)
	}
	if p.Spec.ServiceAccountName != "" || p.Spec.DeprecatedServiceAccount != "" {
		return nil, fmt.Errorf("a static pod may not have a service account")
	}
	kind := pod.Kind()
	kind.Default(p)
	check := p.DeepCopy()
	check.Spec.NodeName = "node"
	if errs := kind.Validate(check); len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	return p, nil
}
