package clusterroleaggregation

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Decide returns the role with the rules of those that it selects of all, in the order of their names, each rule once; nil where it has them.
func Decide(role *rbacv1.ClusterRole, all []*rbacv1.ClusterRole) (*rbacv1.ClusterRole, error) {
	selected := map[string]*rbacv1.ClusterRole{}
	for i := range role.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&role.AggregationRule.ClusterRoleSelectors[i])
		if err != nil {
			return nil, fmt.Errorf("reading the aggregation rule of cluster role %s: %w", role.Name, err)
		}
		for _, r := range all {
			if r.Name != role.Name && selector.Matches(labels.Set(r.Labels)) {
				selected[r.Name] = r
			}
		}
	}
	sorted := make([]*rbacv1.ClusterRole, 0, len(selected))
	for _, r := range selected {
		sorted = append(sorted, r)
	}
	slices.SortFunc(sorted, func(a, b *rbacv1.ClusterRole) int { return strings.Compare(a.Name, b.Name) })
	var rules []rbacv1.PolicyRule
	for _, r := range sorted {
		for _, rule := range r.Rules {
			if !slices.ContainsFunc(rules, func(o rbacv1.PolicyRule) bool { return equality.Semantic.DeepEqual(o, rule) }) {
				rules = append(rules, rule)
			}
		}
	}
	if equality.Semantic.DeepEqual(role.Rules, rules) {
		return nil, nil
	}
	next := role.DeepCopy()
	next.Rules = rules
	return next.DeepCopy(), nil // the rules are still others'
}
