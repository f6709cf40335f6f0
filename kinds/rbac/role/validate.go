package role

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rbac/policy"
)

func validate(r *rbacv1.Role) field.ErrorList {
	return policy.ValidateRules(r.Rules, true, field.NewPath("rules"))
}
