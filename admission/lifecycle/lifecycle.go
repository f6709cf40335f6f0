package lifecycle

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/resource"
)

// Reader finds namespaces.
type Reader interface {
	Namespace(name string) (*corev1.Namespace, bool)
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

var namespaces = schema.GroupResource{Resource: "namespaces"}

// immortal namespaces are what the cluster itself lives in.
var immortal = map[string]bool{metav1.NamespaceDefault: true, metav1.NamespaceSystem: true, metav1.NamespacePublic: true}

// Validate refuses. It also runs among the mutating halves, so that nothing is computed for an object that has no place.
func (p Plugin) Validate(_ context.Context, a *resource.Attempt) error {
	kind := a.Resource.Kind
	if kind.GroupResource() == namespaces {
		if a.Operation == resource.Delete && immortal[a.Name] {
			return a.Forbid(fmt.Errorf("this namespace may not be deleted"))
		}
		return nil
	}
	if !kind.Namespaced || a.Operation != resource.Create || kind.Answered {
		return nil // what one may do in a namespace can be asked before it is there
	}
	ns, ok := p.Reader.Namespace(a.Namespace)
	if !ok {
		return apierrors.NewNotFound(namespaces, a.Namespace)
	}
	if ns.DeletionTimestamp == nil && ns.Status.Phase != corev1.NamespaceTerminating {
		return nil
	}
	err := a.Forbid(fmt.Errorf("unable to create new content in namespace %s because it is being terminated", a.Namespace))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: corev1.NamespaceTerminatingCause, Message: fmt.Sprintf("namespace %s is being terminated", a.Namespace), Field: "metadata.namespace",
	})
	return err
}
