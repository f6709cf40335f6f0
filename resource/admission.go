package resource

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Operation is what a request does to an object, as admission sees it.
type Operation string

// The operations of admission.k8s.io/v1.
const (
	Create  Operation = "CREATE"
	Update  Operation = "UPDATE"
	Delete  Operation = "DELETE"
	Connect Operation = "CONNECT"
)

// Attempt is one write on its way, as admission sees it.
type Attempt struct {
	Target
	Operation Operation
	// Object is what is about to be stored, nil for a delete; Old what is stored now, nil for a create. Mutating plugins change Object in
	// place; nobody changes Old.
	Object, Old kinds.Object
	// Body is the subresource's own object (a Binding, an Eviction, a TokenRequest), nil otherwise.
	Body   runtime.Object
	DryRun bool
	// Options are the request's (metav1.CreateOptions, UpdateOptions, DeleteOptions).
	Options runtime.Object
	// Warn adds a warning to the answer.
	Warn func(string)

	settled []func()
}

// OnSettled asks to be told when the attempt is over: what was to be stored is there for all readers, or will never be.
func (a *Attempt) OnSettled(f func()) { a.settled = append(a.settled, f) }

func (a *Attempt) settle() {
	for _, f := range a.settled {
		f()
	}
}

// ShownName is how messages call the object: by its name, or by what its name will begin with.
func (a *Attempt) ShownName() string {
	if a.Name == "" && a.Object != nil {
		return a.Object.GetGenerateName()
	}
	return a.Name
}

// Forbid is a refusal of the attempt, for the reason given.
func (a *Attempt) Forbid(why error) *apierrors.StatusError {
	return apierrors.NewForbidden(a.Resource.Kind.GroupResource(), a.ShownName(), why)
}

// Admission decides about writes beside the kind's own rules. Its errors are API errors. Who asks is in the context.
type Admission interface {
	// Mutate may change a.Object. It runs before the object is prepared and validated, again for each try of an update that met a conflict.
	Mutate(ctx context.Context, a *Attempt) error
	// Validate may only refuse.
	Validate(ctx context.Context, a *Attempt) error
}

type admitAll struct{}

func (admitAll) Mutate(context.Context, *Attempt) error   { return nil }
func (admitAll) Validate(context.Context, *Attempt) error { return nil }

func isDryRun(values []string) bool {
	for _, v := range values {
		if v == metav1.DryRunAll {
			return true
		}
	}
	return false
}
