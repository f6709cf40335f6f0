package prioritylevelconfiguration

import (
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

func prepareCreate(l *flowcontrolv1.PriorityLevelConfiguration) {
	l.Status = flowcontrolv1.PriorityLevelConfigurationStatus{}
}

func prepareUpdate(l, old *flowcontrolv1.PriorityLevelConfiguration) { l.Status = old.Status }

func generation(l, old *flowcontrolv1.PriorityLevelConfiguration) bool {
	return !equality.Semantic.DeepEqual(l.Spec, old.Spec)
}
