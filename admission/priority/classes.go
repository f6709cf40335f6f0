package priority

import (
	"context"
	"errors"
	"fmt"

	schedulingv1 "k8s.io/api/scheduling/v1"

	"argosy.dev/kinds/scheduling/priorityclass"
	"argosy.dev/resource"
)

// Validate keeps the classes themselves in order: one default at most, and those of the system stay.
func (p Plugin) Validate(_ context.Context, a *resource.Attempt) error {
	if class, ok := a.Old.(*schedulingv1.PriorityClass); ok && a.Operation == resource.Delete {
		for _, system := range priorityclass.System() {
			if class.Name == system.Name {
				return a.Forbid(errors.New("this is a system priority class and cannot be deleted"))
			}
		}
		return nil
	}
	class, ok := a.Object.(*schedulingv1.PriorityClass)
	if !ok || !class.GlobalDefault {
		return nil
	}
	if other := p.fallback(); other != nil && (a.Operation == resource.Create || other.Name != class.Name) {
		return a.Forbid(fmt.Errorf("PriorityClass %v is already marked as default. Only one default can exist", other.Name))
	}
	return nil
}
