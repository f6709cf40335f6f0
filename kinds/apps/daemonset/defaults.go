package daemonset

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/kinds/core/podtemplate"
)

func setDefaults(d *appsv1.DaemonSet) {
	setTemplateGeneration(d, templateGeneration(d))
	podtemplate.DefaultSpec(&d.Spec.Template.Spec)
	if d.Spec.RevisionHistoryLimit == nil {
		d.Spec.RevisionHistoryLimit = new(int32(10))
	}
	strategy := &d.Spec.UpdateStrategy
	if strategy.Type == "" {
		strategy.Type = appsv1.RollingUpdateDaemonSetStrategyType
	}
	unavailable := int32(0)
	if strategy.Type == appsv1.RollingUpdateDaemonSetStrategyType {
		unavailable = 1
		if strategy.RollingUpdate == nil {
			strategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{}
		}
	}
	if strategy.RollingUpdate == nil {
		return
	}
	if strategy.RollingUpdate.MaxUnavailable == nil {
		strategy.RollingUpdate.MaxUnavailable = new(intstr.FromInt32(unavailable))
	}
	if strategy.RollingUpdate.MaxSurge == nil {
		strategy.RollingUpdate.MaxSurge = new(intstr.FromInt32(0))
	}
}
