package statefulset

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/claim"
	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(s *appsv1.StatefulSet) {
	s.Status = appsv1.StatefulSetStatus{}
	dropDisabled(s)
}

func prepareUpdate(s, old *appsv1.StatefulSet) {
	s.Status = old.Status
	dropDisabled(s)
}

// Several unavailable pods at once are off by default. (KEP-961)
func dropDisabled(s *appsv1.StatefulSet) {
	if r := s.Spec.UpdateStrategy.RollingUpdate; r != nil {
		r.MaxUnavailable = nil
	}
	podtemplate.DropDisabled(&s.Spec.Template.Spec)
}

func generation(s, old *appsv1.StatefulSet) bool {
	return !equality.Semantic.DeepEqual(s.Spec, old.Spec)
}

func warnings(s, old *appsv1.StatefulSet) []string {
	var list []string
	if old == nil {
		list = podtemplate.Warnings(&s.Spec.Template, nil)
	} else {
		list = podtemplate.Warnings(&s.Spec.Template, &old.Spec.Template)
	}
	path := field.NewPath("spec")
	for i := range s.Spec.VolumeClaimTemplates {
		list = append(list, claim.Warnings(&s.Spec.VolumeClaimTemplates[i].Spec, path.Child("volumeClaimTemplates").Index(i))...)
	}
	if n := s.Spec.RevisionHistoryLimit; n != nil && *n < 0 {
		list = append(list, fmt.Sprintf("%s: a negative value retains all historical revisions; a value >= 0 is recommended", path.Child("revisionHistoryLimit")))
	}
	return list
}
