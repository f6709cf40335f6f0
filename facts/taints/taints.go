package taints

import (
	"cmp"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// Tolerated tells whether one of the tolerations bears the taint.
func Tolerated(taint *corev1.Taint, tolerations []corev1.Toleration) bool {
	for i := range tolerations {
		if Tolerates(&tolerations[i], taint) {
			return true
		}
	}
	return false
}

// Untolerated finds the first taint with one of the effects that no toleration bears.
func Untolerated(taints []corev1.Taint, tolerations []corev1.Toleration, effects ...corev1.TaintEffect) (*corev1.Taint, bool) {
	for i := range taints {
		for _, e := range effects {
			if taints[i].Effect == e && !Tolerated(&taints[i], tolerations) {
				return &taints[i], true
			}
		}
	}
	return nil, false
}

// Tolerates tells whether the toleration bears the taint. An empty effect or key stands for any; a key without an
// operator means Equal. Lt and Gt compare whole numbers (KEP-5471).
func Tolerates(t *corev1.Toleration, taint *corev1.Taint) bool {
	if t.Effect != "" && t.Effect != taint.Effect {
		return false
	}
	if t.Key != "" && t.Key != taint.Key {
		return false
	}
	switch t.Operator {
	case "", corev1.TolerationOpEqual:
		return t.Value == taint.Value
	case corev1.TolerationOpExists:
		return true
	case corev1.TolerationOpLt:
		order, ok := compare(taint.Value, t.Value)
		return ok && order < 0
	case corev1.TolerationOpGt:
		order, ok := compare(taint.Value, t.Value)
		return ok && order > 0
	}
	return false
}

func compare(a, b string) (int, bool) {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	return cmp.Compare(x, y), errX == nil && errY == nil
}

// Find finds the taint of a key and an effect.
func Find(taints []corev1.Taint, key string, effect corev1.TaintEffect) (*corev1.Taint, bool) {
	for i := range taints {
		if taints[i].Key == key && taints[i].Effect == effect {
			return &taints[i], true
		}
	}
	return nil, false
}
