package customresource

import (
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"argosy.dev/kinds"
)

// Version is what a definition says about the objects of one of its versions.
type Version struct {
	GVK schema.GroupVersionKind
	// Schema is what objects consist of.
	Schema *structural.Structural

	listKind     string
	deprecated   string
	validator    validation.SchemaValidator
	rules        func() *cel.Validator
	subresources apiextensionsv1.CustomResourceSubresources
	printed      []apiextensionsv1.CustomResourceColumnDefinition
	selectable   []apiextensionsv1.SelectableField
}

func newVersion(d *apiextensionsv1.CustomResourceDefinition, spec *apiextensionsv1.CustomResourceDefinitionVersion) (*Version, error) {
	v := &Version{
		GVK:        schema.GroupVersionKind{Group: d.Spec.Group, Version: spec.Name, Kind: d.Spec.Names.Kind},
		listKind:   d.Spec.Names.ListKind,
		printed:    spec.AdditionalPrinterColumns,
		selectable: spec.SelectableFields,
	}
	if spec.Deprecated {
		v.deprecated = v.GVK.GroupVersion().String() + " " + v.GVK.Kind + " is deprecated"
		if w := spec.DeprecationWarning; w != nil {
			v.deprecated = *w
		}
	}
	if spec.Subresources != nil {
		v.subresources = *spec.Subresources
	}
	if spec.Schema == nil || spec.Schema.OpenAPIV3Schema == nil {
		return nil, fmt.Errorf("version %s has no schema", spec.Name)
	}
	var props apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(spec.Schema.OpenAPIV3Schema.DeepCopy(), &props, nil); err != nil {
		return nil, fmt.Errorf("converting the schema of version %s: %w", spec.Name, err)
	}
	var err error
	if v.Schema, err = structural.NewStructural(&props); err != nil {
		return nil, fmt.Errorf("the schema of version %s is not structural: %w", spec.Name, err)
	}
	// What was accepted once may hold defaults that later rules would not let in.
	if err := defaulting.PruneDefaults(v.Schema); err != nil {
		return nil, fmt.Errorf("pruning the defaults of version %s: %w", spec.Name, err)
	}
	if v.validator, _, err = validation.NewSchemaValidator(&props); err != nil {
		return nil, fmt.Errorf("preparing the validation of version %s: %w", spec.Name, err)
	}
	v.rules = sync.OnceValue(func() *cel.Validator { return cel.NewValidator(v.Schema, true, celconfig.PerCallLimit) })
	return v, nil
}

// unknown names the fields that the schema does not know.
func (v *Version) unknown(obj kinds.Object) []string {
	u := obj.DeepCopyObject().(*unstructured.Unstructured)
	return pruning.PruneWithOptions(u.Object, v.Schema, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
}

// fill takes out of an object what its schema does not know, and fills in what was left out.
func (v *Version) fill(obj kinds.Object) {
	u := obj.(*unstructured.Unstructured)
	if u.Object == nil {
		u.Object = map[string]any{}
	}
	pruning.Prune(u.Object, v.Schema, true)
	defaulting.PruneNonNullableNullsWithoutDefaults(u.Object, v.Schema)
	defaulting.Default(u.Object, v.Schema)
}
