package claim

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

func pod(owner types.UID, matches, going bool) *corev1.Pod {
	p := &corev1.Pod{}
	if owner != "" {
		p.OwnerReferences = []metav1.OwnerReference{{UID: owner, Controller: new(true)}}
	}
	if matches {
		p.Labels = map[string]string{"app": "web"}
	}
	if going {
		p.DeletionTimestamp = &metav1.Time{}
	}
	return p
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name       string
		pod        *corev1.Pod
		ownerGoing bool
		want       string // owned, to be adopted, to be released
	}{
		{"owned and matching", pod("me", true, false), false, "1 0 0"},
		{"owned, matching, being deleted", pod("me", true, true), false, "1 0 0"},
		{"owned and matching no more", pod("me", false, false), false, "0 0 1"},
		{"owned, matching no more, being deleted", pod("me", false, true), false, "0 0 0"},
		{"nobody's and matching", pod("", true, false), false, "0 1 0"},
		{"nobody's, being deleted", pod("", true, true), false, "0 0 0"},
		{"nobody's, but the owner goes", pod("", true, false), true, "0 0 0"},
		{"nobody's and other", pod("", false, false), false, "0 0 0"},
		{"another's", pod("other", true, false), false, "0 0 0"},
	} {
		owner := &corev1.ReplicationController{ObjectMeta: metav1.ObjectMeta{UID: "me"}}
		if c.ownerGoing {
			owner.DeletionTimestamp = &metav1.Time{}
		}
		owned, adopt, release := Split(owner, labels.SelectorFromSet(labels.Set{"app": "web"}), []*corev1.Pod{c.pod})
		if got := fmt.Sprint(len(owned), len(adopt), len(release)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
