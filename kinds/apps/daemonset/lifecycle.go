package daemonset

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(d *appsv1.DaemonSet) {
	d.Status = appsv1.DaemonSetStatus{}
	setTemplateGeneration(d, max(templateGeneration(d), 1))
	podtemplate.DropDisabled(&d.Spec.Template.Spec)
}

func prepareUpdate(d, old *appsv1.DaemonSet) {
	d.Status = old.Status
	podtemplate.DropDisabled(&d.Spec.Template.Spec)
	n := templateGeneration(old)
	if !equality.Semantic.DeepEqual(d.Spec.Template, old.Spec.Template) {
		n++
	}
	setTemplateGeneration(d, n)
}

// templateGeneration counts changes of the template. It was a field of the API before v1 and is an annotation since; every
// daemon set has it.
func templateGeneration(d *appsv1.DaemonSet) int64 {
	n, err := strconv.ParseInt(d.Annotations[appsv1.DeprecatedTemplateGeneration], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func setTemplateGeneration(d *appsv1.DaemonSet, n int64) {
	if d.Annotations == nil {
		d.Annotations = make(map[string]string, 1)
	}
	d.Annotations[appsv1.DeprecatedTemplateGeneration] = strconv.FormatInt(n, 10)
}

func generation(d, old *appsv1.DaemonSet) bool {
	return !equality.Semantic.DeepEqual(d.Spec, old.Spec)
}

func warnings(d, old *appsv1.DaemonSet) []string {
	if old == nil {
		return podtemplate.Warnings(&d.Spec.Template, nil)
	}
	return podtemplate.Warnings(&d.Spec.Template, &old.Spec.Template)
}
