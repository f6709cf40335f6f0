package policy

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

// ParamKindColumn prints the kind of a policy's parameters.
func ParamKindColumn[T kinds.Object](of func(T) *admissionv1.ParamKind) kinds.Column {
	return kinds.Column{Name: "ParamKind", Type: "string", Description: "ParamKind specifies the kind of resources used to parameterize this policy",
		Value: table.Cell(func(p T) any {
			k := of(p)
			if k == nil {
				return table.Unset
			}
			return k.APIVersion + "/" + k.Kind
		})}
}

// BindingColumns print which policy is bound, with which parameters.
func BindingColumns[T kinds.Object](of func(T) (policy string, params *admissionv1.ParamRef)) []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "PolicyName", Type: "string", Description: "PolicyName indicates the policy definition which the policy binding binded to",
			Value: table.Cell(func(b T) any { name, _ := of(b); return name })},
		{Name: "ParamRef", Type: "string", Description: "ParamRef indicates the param resource which sets the configuration param",
			Value: table.Cell(func(b T) any { _, r := of(b); return param(r) })},
		table.Age(),
	}
}

func param(r *admissionv1.ParamRef) string {
	switch {
	case r == nil:
		return table.Unset
	case r.Namespace != "":
		return r.Namespace + "/" + r.Name
	}
	return r.Name
}
