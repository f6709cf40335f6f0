package customresourcedefinition

import (
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// prepareCreate notes the version in which objects will be stored: it has to stay as long as any may be stored so.
func prepareCreate(d *apiextensionsv1.CustomResourceDefinition) {
	d.Status = apiextensionsv1.CustomResourceDefinitionStatus{}
	for _, v := range d.Spec.Versions {
		if v.Storage {
			d.Status.StoredVersions = []string{v.Name}
			break
		}
	}
}

func prepareUpdate(d, old *apiextensionsv1.CustomResourceDefinition) {
	d.Status = *old.Status.DeepCopy()
	for _, v := range d.Spec.Versions {
		if !v.Storage {
			continue
		}
		for _, s := range d.Status.StoredVersions {
			if s == v.Name {
				return
			}
		}
		d.Status.StoredVersions = append(d.Status.StoredVersions, v.Name)
		return
	}
}

func generation(d, old *apiextensionsv1.CustomResourceDefinition) bool {
	return !equality.Semantic.DeepEqual(d.Spec, old.Spec)
}

// warnings are about formats in schemas that nobody checks.
func warnings(d, old *apiextensionsv1.CustomResourceDefinition) []string {
	known := map[string]bool{}
	if old != nil {
		for _, f := range unknownFormats(old) {
			known[f] = true
		}
	}
	var list []string
	for _, f := range unknownFormats(d) {
		if !known[f] {
			known[f] = true
			list = append(list, fmt.Sprintf("unrecognized format %q", f))
		}
	}
	return list
}

func unknownFormats(d *apiextensionsv1.CustomResourceDefinition) []string {
	var list []string
	for _, v := range d.Spec.Versions {
		if v.Schema == nil || v.Schema.OpenAPIV3Schema == nil {
			continue
		}
		var props apiextensions.JSONSchemaProps
		if apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, &props, nil) != nil {
			continue
		}
		visit := func(s *spec.Schema) error {
			list = append(list, validation.GetUnrecognizedFormats(s, environment.DefaultCompatibilityVersion())...)
			return nil
		}
		if validation.ConvertJSONSchemaPropsWithPostProcess(&props, &spec.Schema{}, visit) != nil {
			continue
		}
	}
	return list
}
