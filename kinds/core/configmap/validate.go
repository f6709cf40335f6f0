package configmap

import (
	"bytes"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(m *corev1.ConfigMap) field.ErrorList {
	var errs field.ErrorList
	size := 0
	data, binary := field.NewPath("data"), field.NewPath("binaryData")
	for _, key := range slices.Sorted(maps.Keys(m.Data)) {
		errs = append(errs, rules.DataKey(key, data)...)
		if _, both := m.BinaryData[key]; both {
			errs = append(errs, field.Invalid(data.Key(key), key, "duplicate of key present in binaryData"))
		}
		size += len(m.Data[key])
	}
	for _, key := range slices.Sorted(maps.Keys(m.BinaryData)) {
		errs = append(errs, rules.DataKey(key, binary)...)
		size += len(m.BinaryData[key])
	}
	if size > rules.MaxData {
		errs = append(errs, field.TooLong(field.NewPath(""), "" /* unused */, rules.MaxData))
	}
	return errs
}

func validateUpdate(m, old *corev1.ConfigMap) field.ErrorList {
	var errs field.ErrorList
	if old.Immutable != nil && *old.Immutable {
		if m.Immutable == nil || !*m.Immutable {
			errs = append(errs, rules.Frozen(field.NewPath("immutable")))
		}
		if !maps.Equal(m.Data, old.Data) {
			errs = append(errs, rules.Frozen(field.NewPath("data")))
		}
		if !maps.EqualFunc(m.BinaryData, old.BinaryData, bytes.Equal) {
			errs = append(errs, rules.Frozen(field.NewPath("binaryData")))
		}
	}
	return append(errs, validate(m)...)
}
