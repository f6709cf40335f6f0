package node

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(n, old *corev1.Node) { n.Spec = old.Spec }),
		Validate: kinds.AskWith(validateUpdate),
	}
}
