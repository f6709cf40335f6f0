package subjectaccessreview

import (
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/authorization/attributes"
)

func validate(r *authorizationv1.SubjectAccessReview) field.ErrorList {
	errs := attributes.Validate(r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)
	errs = append(errs, attributes.ValidateSubject(r.Spec.User, r.Spec.Groups)...)
	errs = append(errs, attributes.ValidateSelectors(r.Spec.ResourceAttributes)...)
	return append(errs, attributes.ValidateMetadata(&r.ObjectMeta, "", metav1.ObjectMeta{})...)
}
