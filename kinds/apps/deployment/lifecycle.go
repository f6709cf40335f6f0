package deployment

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(d *appsv1.Deployment) {
	d.Status = appsv1.DeploymentStatus{}
	podtemplate.DropDisabled(&d.Spec.Template.Spec)
}

func prepareUpdate(d, old *appsv1.Deployment) {
	d.Status = old.Status
	podtemplate.DropDisabled(&d.Spec.Template.Spec)
}

// Annotations count too, for the controller copies them to the deployment's replica sets.
func generation(d, old *appsv1.Deployment) bool {
	return !equality.Semantic.DeepEqual(d.Spec, old.Spec) || !equality.Semantic.DeepEqual(d.Annotations, old.Annotations)
}

func warnings(d, old *appsv1.Deployment) []string {
	if old == nil {
		return podtemplate.Warnings(&d.Spec.Template, nil)
	}
	return podtemplate.Warnings(&d.Spec.Template, &old.Spec.Template)
}
