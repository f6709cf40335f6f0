package resource

import (
	"bytes"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestEnvelopeAroundIsEnvelope(t *testing.T) {
	gvk := schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "DeploymentList"}
	for _, size := range []int{1, 127, 128, 70000} {
		raw := bytes.Repeat([]byte{7}, size)
		before, after := EnvelopeAround(gvk, size)
		got := append(append(before, raw...), after...)
		if want := Envelope(gvk, raw); !bytes.Equal(got, want) {
			t.Errorf("size %d: the pieces are not the envelope:\n got %x\nwant %x", size, got[:40], want[:40])
		}
	}
}
