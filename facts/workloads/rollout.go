package workloads

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Scaled is the number of pods that a count or a percentage of total means; nil means 0.
func Scaled(v *intstr.IntOrString, total int32, roundUp bool) (int32, error) {
	if v == nil {
		return 0, nil
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(v, int(total), roundUp)
	if err != nil {
		return 0, fmt.Errorf("reading a number of pods: %w", err)
	}
	return int32(n), nil
}

// Bounds are how many pods above and below the wanted number a rolling update may have. Percentages above round up, those
// below down. If nothing at all were allowed the update could not move, and one pod may be missing.
func Bounds(surge, unavailable *intstr.IntOrString, wanted int32) (above, below int32, err error) {
	if above, err = Scaled(surge, wanted, true); err != nil {
		return 0, 0, err
	}
	if below, err = Scaled(unavailable, wanted, false); err != nil {
		return 0, 0, err
	}
	if above == 0 && below == 0 {
		below = 1
	}
	return above, below, nil
}

// DeploymentBounds are Bounds for a deployment: above is 0 unless it rolls, and below never exceeds the wanted number.
func DeploymentBounds(d *appsv1.Deployment) (above, below int32, err error) {
	if d.Spec.Strategy.Type != appsv1.RollingUpdateDeploymentStrategyType || d.Spec.Strategy.RollingUpdate == nil {
		return 0, 0, nil
	}
	r := d.Spec.Strategy.RollingUpdate
	wanted := Replicas(d.Spec.Replicas)
	above, below, err = Bounds(r.MaxSurge, r.MaxUnavailable, wanted)
	return above, min(below, wanted), err
}

// Replicas is a wanted number of pods as the API means it: one where nothing is said.
func Replicas(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}
