package podconfig

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// TestHash shows what of a container's spec makes a new container of it: of what may change in a running pod, only the image.
func TestHash(t *testing.T) {
	of := func(edit func(c *corev1.Container)) string {
		c := &corev1.Container{Name: "c", Image: "i:1", Command: []string{"x"}}
		edit(c)
		return Hash(c)
	}
	same := of(func(*corev1.Container) {})
	tests := map[string]struct {
		edit func(c *corev1.Container)
		want bool // another hash
	}{
		"nothing": {func(*corev1.Container) {}, false},
		"image":   {func(c *corev1.Container) { c.Image = "i:2" }, true},
		"name":    {func(c *corev1.Container) { c.Name = "d" }, true},
		"resources": {func(c *corev1.Container) {
			c.Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")}
		}, false},
		"a field that a newer API defaults": {func(c *corev1.Container) { c.TerminationMessagePolicy = corev1.TerminationMessageReadFile }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := of(test.edit); (got != same) != test.want {
				t.Errorf("hash %s, before %s", got, same)
			}
		})
	}
}
