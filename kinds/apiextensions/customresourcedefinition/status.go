package customresourcedefinition

import (
	"fmt"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(d, old *apiextensionsv1.CustomResourceDefinition) { d.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(d, _ *apiextensionsv1.CustomResourceDefinition) field.ErrorList {
	var spec apiextensions.CustomResourceDefinitionSpec
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_CustomResourceDefinitionSpec(d.Spec.DeepCopy(), &spec, nil); err != nil {
		return field.ErrorList{field.InternalError(field.NewPath("spec"), err)}
	}
	return validateStored(d.Status.StoredVersions, spec.Versions, field.NewPath("status", "storedVersions"))
}

// validateStored wants every version in which objects may be stored to be there still, and the current one to be among them.
func validateStored(stored []string, versions []apiextensions.CustomResourceDefinitionVersion, path *field.Path) field.ErrorList {
	if len(stored) == 0 {
		return field.ErrorList{field.Invalid(path, stored, "must have at least one stored version")}
	}
	current := -1
	for i := range versions {
		if versions[i].Storage {
			current = i
		}
	}
	var errs field.ErrorList
	found := false
	for i, name := range stored {
		at := slices.IndexFunc(versions, func(v apiextensions.CustomResourceDefinitionVersion) bool { return v.Name == name })
		if at < 0 {
			errs = append(errs, field.Invalid(path.Index(i), name, fmt.Sprintf("missing from spec.versions; %s was previously a storage version, and must remain in spec.versions "+
				"until a storage migration ensures no data remains persisted in %s and removes %s from status.storedVersions", name, name, name)))
		}
		found = found || at >= 0 && at == current
	}
	if current >= 0 && !found {
		errs = append(errs, field.Invalid(path, stored, "must have the storage version "+versions[current].Name))
	}
	return errs
}
