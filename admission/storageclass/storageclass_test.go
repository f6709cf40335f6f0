package storageclass

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/resource"
)

type classes []*storagev1.StorageClass

func (c classes) StorageClasses() []*storagev1.StorageClass { return c }

func class(name, isDefault string, age time.Duration) *storagev1.StorageClass {
	return &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{marks[0]: isDefault},
		CreationTimestamp: metav1.NewTime(time.Unix(1e9, 0).Add(-age))}}
}

func TestDefault(t *testing.T) {
	all := classes{class("old", "true", time.Hour), class("b", "true", 0), class("a", "true", 0), class("newer", "false", -time.Hour)}
	for _, c := range []struct {
		name    string
		classes classes
		had     *string
		beta    bool
		want    string
	}{
		{"the newest, by name", all, nil, false, "a"},
		{"none marked", all[3:], nil, false, "-"},
		{"none wanted", all, new(""), false, ""},
		{"said", all, new("x"), false, "x"},
		{"said as of old", all, nil, true, "-"},
	} {
		claim := &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: c.had}}
		if c.beta {
			claim.Annotations = map[string]string{corev1.BetaStorageClassAnnotation: "x"}
		}
		if err := (Plugin{c.classes}).Mutate(t.Context(), &resource.Attempt{Operation: resource.Create, Object: claim}); err != nil {
			t.Fatal(err)
		}
		got := "-"
		if claim.Spec.StorageClassName != nil {
			got = *claim.Spec.StorageClassName
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
