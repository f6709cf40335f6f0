package volumeresize

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	quantity "k8s.io/apimachinery/pkg/api/resource"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

type classes map[string]*storagev1.StorageClass

func (c classes) StorageClass(name string) (*storagev1.StorageClass, bool) {
	class, ok := c[name]
	return class, ok
}

func TestGrowth(t *testing.T) {
	p := Plugin{classes{"grows": {AllowVolumeExpansion: new(true)}, "fixed": {}}}
	for _, c := range []struct {
		name, class, to string
		phase           corev1.PersistentVolumeClaimPhase
		want            string
	}{
		{"grows", "grows", "2Gi", corev1.ClaimBound, ""},
		{"same", "fixed", "1Gi", corev1.ClaimBound, ""},
		{"of a class that does not", "fixed", "2Gi", corev1.ClaimBound, "only dynamically provisioned pvc can be resized"},
		{"of no class", "", "2Gi", corev1.ClaimBound, "only dynamically provisioned pvc can be resized"},
		{"unbound", "grows", "2Gi", corev1.ClaimPending, "Only bound persistent volume claims can be expanded"},
	} {
		old := &corev1.PersistentVolumeClaim{Status: corev1.PersistentVolumeClaimStatus{Phase: c.phase}}
		old.Spec.StorageClassName = &c.class
		old.Spec.Resources.Requests = corev1.ResourceList{"storage": quantity.MustParse("1Gi")}
		claim := old.DeepCopy()
		claim.Spec.Resources.Requests["storage"] = quantity.MustParse(c.to)
		a := &resource.Attempt{Operation: resource.Update, Object: claim, Old: old}
		a.Resource = &resource.Resource{Kind: &kinds.Kind{Resource: "persistentvolumeclaims"}}
		err := p.Validate(t.Context(), a)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
