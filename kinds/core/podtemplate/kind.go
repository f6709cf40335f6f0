package podtemplate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

// Kind describes pod templates that are objects of their own.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("PodTemplate"),
		Resource:   "podtemplates",
		Singular:   "podtemplate",
		Namespaced: true,
		New:        func() kinds.Object { return &corev1.PodTemplate{} },
		NewList:    func() runtime.Object { return &corev1.PodTemplateList{} },

		Default:       kinds.Do(func(t *corev1.PodTemplate) { DefaultSpec(&t.Template.Spec) }),
		PrepareCreate: kinds.Do(func(t *corev1.PodTemplate) { DropDisabled(&t.Template.Spec) }),
		PrepareUpdate: kinds.DoWith(func(t, _ *corev1.PodTemplate) { DropDisabled(&t.Template.Spec) }),
		Generation:    kinds.AskWith(func(t, old *corev1.PodTemplate) bool { return !equality.Semantic.DeepEqual(t.Template, old.Template) }),
		Validate: kinds.Ask(func(t *corev1.PodTemplate) field.ErrorList {
			return ValidateTemplate(&t.Template, nil, field.NewPath("template"))
		}),
		ValidateUpdate: kinds.AskWith(func(t, old *corev1.PodTemplate) field.ErrorList {
			return ValidateTemplate(&t.Template, &old.Template, field.NewPath("template"))
		}),
		Warnings: kinds.AskWith(kindWarnings),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns: columns(),
	}
}

func kindWarnings(t, old *corev1.PodTemplate) []string {
	if old == nil {
		return SpecWarnings(&t.Template, nil, field.NewPath("template"))
	}
	return SpecWarnings(&t.Template, &old.Template, field.NewPath("template"))
}

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Containers", Type: "string", Description: "Names of each container in the template.", Value: table.Cell(func(t *corev1.PodTemplate) any {
			return table.ContainerNames(t.Template.Spec.Containers)
		})},
		{Name: "Images", Type: "string", Description: "Images referenced by each container in the template.", Value: table.Cell(func(t *corev1.PodTemplate) any {
			return table.ContainerImages(t.Template.Spec.Containers)
		})},
		{Name: "Pod Labels", Type: "string", Description: "The labels for the pod template.", Value: table.Cell(func(t *corev1.PodTemplate) any {
			return table.Labels(t.Template.Labels)
		})},
	}
}
