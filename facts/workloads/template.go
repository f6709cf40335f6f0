package workloads

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/rand"
)

// TemplateHash is a short name for a template, fit for a label value and a part of an object's name. Equal templates have
// equal hashes, now and in later releases: it is made of the JSON form, which fields that come with a later API do not
// change as long as they are unset. Where two templates collide, a count gives the later another hash.
func TemplateHash(template *corev1.PodTemplateSpec, collisions *int32) string {
	text, err := json.Marshal(template)
	if err != nil {
		panic(fmt.Sprintf("a pod template has no JSON form: %v", err)) // only a type that is not JSON at all can do that
	}
	h := fnv.New32a()
	h.Write(text)
	if collisions != nil {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(*collisions)))
	}
	return rand.SafeEncodeString(fmt.Sprint(h.Sum32()))
}

// SameTemplate tells whether two templates are equal but for the label that holds their hash.
func SameTemplate(a, b *corev1.PodTemplateSpec) bool {
	return equality.Semantic.DeepEqual(withoutHash(a), withoutHash(b))
}

// The copy shares all but the labels with t.
func withoutHash(t *corev1.PodTemplateSpec) *corev1.PodTemplateSpec {
	if _, ok := t.Labels[appsv1.DefaultDeploymentUniqueLabelKey]; !ok {
		return t
	}
	c := *t
	c.Labels = maps.Clone(t.Labels)
	delete(c.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return &c
}
