package podtemplate

import (
	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const onlyOne = "may not have more than one field specified at a time"

func (s *scope) validateEnv(vars []corev1.EnvVar, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range vars {
		v, at := &vars[i], path.Index(i)
		if v.Name == "" {
			errs = append(errs, field.Required(at.Child("name"), ""))
		} else {
			errs = append(errs, rules.Each(utilvalidation.IsRelaxedEnvVarName(v.Name), v.Name, at.Child("name"))...)
		}
		if v.ValueFrom != nil {
			errs = append(errs, s.validateEnvSource(v, at.Child("valueFrom"))...)
		}
	}
	return errs
}

func (s *scope) validateEnvSource(v *corev1.EnvVar, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	from, sources := v.ValueFrom, 0
	if ref := from.FieldRef; ref != nil {
		sources++
		errs = append(errs, validateFieldRef(ref, envFields, path.Child("fieldRef"))...)
	}
	if ref := from.ResourceFieldRef; ref != nil {
		sources++
		errs = append(errs, validateResourceFieldRef(ref, false, path.Child("resourceFieldRef"))...)
	}
	if ref := from.ConfigMapKeyRef; ref != nil {
		sources++
		errs = append(errs, validateKeyRef(ref.Name, ref.Key, path.Child("configMapKeyRef"))...)
	}
	if ref := from.SecretKeyRef; ref != nil {
		sources++
		errs = append(errs, validateKeyRef(ref.Name, ref.Key, path.Child("secretKeyRef"))...)
	}
	if ref := from.FileKeyRef; ref != nil {
		sources++
		errs = append(errs, s.validateFileKeyRef(ref, path.Child("fileKeyRef"))...)
	}
	switch {
	case sources == 0:
		errs = append(errs, field.Invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"))
	case v.Value != "":
		errs = append(errs, field.Invalid(path, "", "may not be specified when `value` is not empty"))
	case sources > 1:
		errs = append(errs, field.Invalid(path, "", onlyOne))
	}
	return errs
}

func validateKeyRef(name, key string, path *field.Path) field.ErrorList {
	errs := rules.Each(utilvalidation.IsDNS1123Subdomain(name), name, path.Child("name"))
	if key == "" {
		return append(errs, field.Required(path.Child("key"), ""))
	}
	return append(errs, rules.Each(utilvalidation.IsConfigMapKey(key), key, path.Child("key"))...)
}

// The variable is read from a file that another container has written into a volume. (KEP-5307's sibling, KEP-3721)
func (s *scope) validateFileKeyRef(ref *corev1.FileKeySelector, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	const longest = 128
	if ref.Key == "" {
		errs = append(errs, field.Required(path.Child("key"), ""))
	} else if len(ref.Key) > longest {
		errs = append(errs, field.TooLong(path.Child("key"), ref.Key, longest))
	} else {
		errs = append(errs, rules.Each(utilvalidation.IsRelaxedEnvVarName(ref.Key), ref.Key, path.Child("key"))...)
	}
	if ref.VolumeName == "" {
		errs = append(errs, field.Required(path.Child("volumeName"), ""))
	} else if v, ok := s.volumes[ref.VolumeName]; !ok {
		errs = append(errs, field.NotFound(path.Child("volumeName"), ref.VolumeName))
	} else if v.EmptyDir == nil {
		errs = append(errs, field.Invalid(path.Child("volumeName"), ref.VolumeName, "referenced volume must be of type emptyDir"))
	}
	if ref.Path == "" {
		return append(errs, field.Required(path.Child("path"), ""))
	}
	return append(errs, validateRelative(ref.Path, path.Child("path"))...)
}

func validateEnvFrom(sources []corev1.EnvFromSource, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range sources {
		from, at := &sources[i], path.Index(i)
		if from.Prefix != "" {
			errs = append(errs, rules.Each(utilvalidation.IsRelaxedEnvVarName(from.Prefix), from.Prefix, at.Child("prefix"))...)
		}
		n := 0
		if from.ConfigMapRef != nil {
			n++
			errs = append(errs, objectName(from.ConfigMapRef.Name, at.Child("configMapRef", "name"))...)
		}
		if from.SecretRef != nil {
			n++
			errs = append(errs, objectName(from.SecretRef.Name, at.Child("secretRef", "name"))...)
		}
		switch {
		case n == 0:
			errs = append(errs, field.Invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
		case n > 1:
			errs = append(errs, field.Invalid(path, "", onlyOne))
		}
	}
	return errs
}
