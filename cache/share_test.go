package cache

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func managed(raws ...string) *corev1.Pod {
	p := &corev1.Pod{}
	for _, raw := range raws {
		f := &metav1.FieldsV1{}
		f.SetRawBytes([]byte(raw))
		p.ManagedFields = append(p.ManagedFields, metav1.ManagedFieldsEntry{FieldsV1: f})
	}
	p.ManagedFields = append(p.ManagedFields, metav1.ManagedFieldsEntry{Manager: "has none"})
	return p
}

func TestManagedFieldsAreShared(t *testing.T) {
	var f fields
	a, b := managed(`{"f:a":{}}`, `{"f:b":{}}`), managed(`{"f:b":{}}`, `{"f:c":{}}`)
	f.share(a)
	f.share(b)
	if a.ManagedFields[1].FieldsV1 != b.ManagedFields[0].FieldsV1 {
		t.Error("two objects hold the same twice")
	}
	if got := string(b.ManagedFields[0].FieldsV1.GetRawBytes()) + string(b.ManagedFields[1].FieldsV1.GetRawBytes()); got != `{"f:b":{}}{"f:c":{}}` {
		t.Errorf("it says %s", got)
	}
}

func TestSharedFieldsAreBounded(t *testing.T) {
	var f fields
	for i := range 10000 {
		f.share(managed(strings.Repeat("x", 1000) + string(rune('a'+i%26)) + string(rune(i))))
		if f.size > knownFields {
			t.Fatalf("%d bytes are kept", f.size)
		}
	}
}
