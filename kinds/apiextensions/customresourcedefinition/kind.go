package customresourcedefinition

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

// Kind describes definitions of custom resources.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"),
		Resource:   "customresourcedefinitions",
		Singular:   "customresourcedefinition",
		ShortNames: []string{"crd", "crds"},
		Categories: []string{"api-extensions"},
		StorePath:  "apiextensions.k8s.io/customresourcedefinitions",
		New:        func() kinds.Object { return &apiextensionsv1.CustomResourceDefinition{} },
		NewList:    func() runtime.Object { return &apiextensionsv1.CustomResourceDefinitionList{} },

		Default:        kinds.Do(apiextensionsv1.SetObjectDefaults_CustomResourceDefinition),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		Warnings:       kinds.AskWith(warnings),

		Cleanup: apiextensionsv1.CustomResourceCleanupFinalizer,

		Columns:      []kinds.Column{table.Name(), table.CreatedAt()},
		Subresources: []kinds.Subresource{status()},
	}
}
