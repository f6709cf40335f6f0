package podtemplate

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// What environment variables and downward API volumes can show of their pod, each list in alphabetical order.
var (
	envFields = []string{
		"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
		"status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
	}
	volumeFields = []string{"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"}

	// Known field paths that neither of the two can show.
	otherFields = []string{"spec.restartPolicy", "spec.schedulerName", "status.phase"}

	resourceFields = []string{
		"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory",
	}
)

const labelsField, annotationsField = "metadata.labels", "metadata.annotations"

func validateFieldRef(ref *corev1.ObjectFieldSelector, allowed []string, path *field.Path) field.ErrorList {
	if ref.APIVersion == "" {
		return field.ErrorList{field.Required(path.Child("apiVersion"), "")}
	}
	if ref.FieldPath == "" {
		return field.ErrorList{field.Required(path.Child("fieldPath"), "")}
	}
	at := path.Child("fieldPath")
	name, err := canonicalField(ref.APIVersion, ref.FieldPath)
	if err != nil {
		return field.ErrorList{field.Invalid(at, ref.FieldPath, fmt.Sprintf("error converting fieldPath: %v", err))}
	}
	if of, key, ok := subscript(name); ok {
		if of == annotationsField {
			key = strings.ToLower(key)
		}
		return rules.Each(utilvalidation.IsQualifiedName(key), key, path)
	}
	if !slices.Contains(allowed, name) {
		return field.ErrorList{field.NotSupported(at, name, allowed)}
	}
	return nil
}

func canonicalField(version, name string) (string, error) {
	if version != "v1" {
		return "", fmt.Errorf("unsupported pod version: %s", version)
	}
	if of, _, ok := subscript(name); ok {
		if of != labelsField && of != annotationsField {
			return "", fmt.Errorf("field label does not support subscript: %s", name)
		}
		return name, nil
	}
	if name == "spec.host" { // an old name
		return "spec.nodeName", nil
	}
	if slices.Contains(envFields, name) || slices.Contains(volumeFields, name) || slices.Contains(otherFields, name) {
		return name, nil
	}
	return "", fmt.Errorf("field label not supported: %s", name)
}

// subscript takes metadata.labels['key'] apart.
func subscript(name string) (of, key string, ok bool) {
	rest, ok := strings.CutSuffix(name, "']")
	if !ok {
		return "", "", false
	}
	of, key, ok = strings.Cut(rest, "['")
	return of, key, ok && of != ""
}

func validateResourceFieldRef(ref *corev1.ResourceFieldSelector, volume bool, path *field.Path) field.ErrorList {
	switch {
	case volume && ref.ContainerName == "":
		return field.ErrorList{field.Required(path.Child("containerName"), "")}
	case ref.Resource == "":
		return field.ErrorList{field.Required(path.Child("resource"), "")}
	}
	var errs field.ErrorList
	if !slices.Contains(resourceFields, ref.Resource) && !hugePageField(ref.Resource) {
		errs = append(errs, field.NotSupported(path.Child("resource"), ref.Resource, resourceFields))
	}
	return append(errs, validateDivisor(ref.Resource, ref.Divisor, path.Child("divisor"))...)
}

func hugePageField(name string) bool {
	return strings.HasPrefix(name, "requests."+corev1.ResourceHugePagesPrefix) || strings.HasPrefix(name, "limits."+corev1.ResourceHugePagesPrefix)
}

func validateDivisor(name string, divisor resource.Quantity, path *field.Path) field.ErrorList {
	if divisor.IsZero() {
		return nil
	}
	cpu := []string{"1m", "1"}
	bytes := []string{"1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"}
	_, of, _ := strings.Cut(name, ".")
	switch {
	case of == string(corev1.ResourceCPU):
		if !slices.Contains(cpu, divisor.String()) {
			return field.ErrorList{field.Invalid(path, of, "only divisor's values 1m and 1 are supported with the cpu resource")}
		}
	case slices.Contains(bytes, divisor.String()):
	case of == string(corev1.ResourceMemory):
		return field.ErrorList{field.Invalid(path, of, "only divisor's values "+strings.Join(bytes, ", ")+" are supported with the memory resource")}
	case of == string(corev1.ResourceEphemeralStorage):
		return field.ErrorList{field.Invalid(path, of, "only divisor's values "+strings.Join(bytes, ", ")+" are supported with the local ephemeral storage resource")}
	case hugePageField(name):
		return field.ErrorList{field.Invalid(path, of, "only divisor's values "+strings.Join(bytes, ", ")+" are supported with the hugepages resource")}
	}
	return nil
}
