package cronjob

import (
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(c, old *batchv1.CronJob) { c.Spec = old.Spec }),
		Validate: func(_, _ kinds.Object) field.ErrorList { return nil },
	}
}
