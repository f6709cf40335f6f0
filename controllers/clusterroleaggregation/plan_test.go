package clusterroleaggregation

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDecide(t *testing.T) {
	role := func(name, label string, verbs ...string) *rbacv1.ClusterRole {
		r := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{label: "true"}}}
		for _, v := range verbs {
			r.Rules = append(r.Rules, rbacv1.PolicyRule{Verbs: []string{v}, APIGroups: []string{""}, Resources: []string{"pods"}})
		}
		return r
	}
	gathering := role("view", "to-view", "old")
	gathering.AggregationRule = &rbacv1.AggregationRule{ClusterRoleSelectors: []metav1.LabelSelector{
		{MatchLabels: map[string]string{"to-view": "true"}}, {MatchLabels: map[string]string{"also": "true"}}}}
	all := []*rbacv1.ClusterRole{role("z", "to-view", "get", "list"), gathering, role("a", "also", "watch", "get"), role("x", "other", "delete")}
	next, err := Decide(gathering, all)
	if err != nil || next == nil {
		t.Fatalf("got %v, %v", next, err)
	}
	var verbs []string
	for _, r := range next.Rules {
		verbs = append(verbs, r.Verbs...)
	}
	if len(verbs) != 3 || verbs[0] != "watch" || verbs[1] != "get" || verbs[2] != "list" {
		t.Errorf("gathered %v, want watch and get of a, then list of z", verbs)
	}
	if gathering.Rules[0].Verbs[0] != "old" {
		t.Error("the argument was changed")
	}
	next.Rules[0].Verbs[0] = "changed"
	if all[2].Rules[0].Verbs[0] != "watch" {
		t.Error("the rules are shared with the role that they are from")
	}
	next.Rules[0].Verbs[0] = "watch"
	if again, err := Decide(next, all); again != nil || err != nil {
		t.Errorf("not content with its own work: %v, %v", again, err)
	}
	if empty, err := Decide(next, nil); err != nil || empty == nil || len(empty.Rules) != 0 {
		t.Errorf("got %v, %v, want no rules where there is nothing to gather", empty, err)
	}
}
