package localsubjectaccessreview

import (
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/authorization/attributes"
)

func validate(r *authorizationv1.LocalSubjectAccessReview) field.ErrorList {
	errs := attributes.Validate(r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)
	errs = append(errs, attributes.ValidateSubject(r.Spec.User, r.Spec.Groups)...)
	errs = append(errs, attributes.ValidateSelectors(r.Spec.ResourceAttributes)...)
	errs = append(errs, attributes.ValidateMetadata(&r.ObjectMeta, " except for namespace", metav1.ObjectMeta{Namespace: r.Namespace})...)
	return append(errs, attributes.ValidateLocal(r.Namespace, r.Spec.ResourceAttributes, r.Spec.NonResourceAttributes)...)
}
