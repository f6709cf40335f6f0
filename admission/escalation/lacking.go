package escalation

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"

	"argosy.dev/base/identity"
)

// lacking are the rules of wanted that held does not cover, verbs of one thing together.
func lacking(held, wanted []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	ok, missing := validation.Covers(held, wanted)
	if ok {
		return nil
	}
	var compact []rbacv1.PolicyRule
	for _, rule := range missing {
		i := slices.IndexFunc(compact, func(c rbacv1.PolicyRule) bool {
			return slices.Equal(c.APIGroups, rule.APIGroups) && slices.Equal(c.Resources, rule.Resources) &&
				slices.Equal(c.ResourceNames, rule.ResourceNames) && slices.Equal(c.NonResourceURLs, rule.NonResourceURLs)
		})
		if i < 0 {
			compact = append(compact, rule)
			continue
		}
		compact[i].Verbs = append(slices.Clone(compact[i].Verbs), rule.Verbs...)
	}
	return compact
}

// refusal names what is lacking.
func refusal(user *identity.User, missing []rbacv1.PolicyRule, unresolved error) error {
	shown := make([]string, len(missing))
	for i := range missing {
		shown[i] = show(&missing[i])
	}
	slices.Sort(shown)
	text := fmt.Sprintf("user %q (groups=%q) is attempting to grant RBAC permissions not currently held:\n%s", user.Name, user.Groups, strings.Join(shown, "\n"))
	if unresolved != nil {
		text += fmt.Sprintf("; resolution errors: %v", unresolved)
	}
	return refused(text)
}

// refused is an error in words that are Kubernetes'.
type refused string

func (r refused) Error() string { return string(r) }

// show writes a rule as refusals do.
func show(r *rbacv1.PolicyRule) string {
	var parts []string
	add := func(name string, list []string) {
		if len(list) > 0 {
			parts = append(parts, fmt.Sprintf("%s:%q", name, list))
		}
	}
	add("APIGroups", r.APIGroups)
	add("Resources", r.Resources)
	add("ResourceNames", r.ResourceNames)
	add("NonResourceURLs", r.NonResourceURLs)
	add("Verbs", r.Verbs)
	return "{" + strings.Join(parts, ", ") + "}"
}
