package persistentvolume

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(prepareStatus),
		Validate: func(_, _ kinds.Object) field.ErrorList { return nil },
	}
}

func prepareStatus(v, old *corev1.PersistentVolume) {
	v.Spec = old.Spec
	told := v.Status.LastPhaseTransitionTime
	switch {
	case v.Status.Phase != old.Status.Phase && (told == nil || told.Equal(old.Status.LastPhaseTransitionTime)):
		stampPhase(v, time.Now())
	case told == nil:
		v.Status.LastPhaseTransitionTime = old.Status.LastPhaseTransitionTime
	}
}
