package storageprotection

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

func TestFinalizers(t *testing.T) {
	for _, c := range []struct {
		resource  string
		had, want []string
	}{
		{"persistentvolumeclaims", nil, []string{Claim}},
		{"persistentvolumeclaims", []string{"a", Claim}, []string{"a", Claim}},
		{"persistentvolumes", []string{"a"}, []string{"a", Volume}},
		{"configmaps", nil, nil},
	} {
		obj := &corev1.ConfigMap{}
		obj.SetFinalizers(c.had)
		a := &resource.Attempt{Operation: resource.Create, Object: obj}
		a.Resource = &resource.Resource{Kind: &kinds.Kind{Resource: c.resource}}
		if err := Mutate(t.Context(), a); err != nil || !slices.Equal(obj.GetFinalizers(), c.want) {
			t.Errorf("%s: %v, %v", c.resource, obj.GetFinalizers(), err)
		}
	}
}
