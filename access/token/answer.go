package token

import (
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Answer answers a TokenRequest for a service account: the request with what was left out filled in, and the token in its
// status. Errors are API errors, worded as Kubernetes does. That the caller may ask is decided before.
func (i *Issuer) Answer(namespace, account string, request *authenticationv1.TokenRequest, objects Lookup) (*authenticationv1.TokenRequest, error) {
	owner, ok := objects.Find(ServiceAccount, namespace, account)
	if !ok {
		return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "serviceaccounts"}, account)
	}
	if err := checkAnswerable(namespace, account, request); err != nil {
		return nil, err
	}
	answer := request.DeepCopy()
	if answer.Spec.ExpirationSeconds == nil {
		seconds := int64(DefaultTTL / time.Second)
		answer.Spec.ExpirationSeconds = &seconds
	}
	r := Request{
		Namespace:      namespace,
		ServiceAccount: Ref{Name: account, UID: owner.UID},
		Audiences:      answer.Spec.Audiences,
		TTL:            time.Duration(*answer.Spec.ExpirationSeconds) * time.Second,
	}
	if bound := answer.Spec.BoundObjectRef; bound != nil {
		if err := r.bind(bound, objects); err != nil {
			return nil, err
		}
	}
	issued, err := i.Issue(r)
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	answer.TypeMeta = metav1.TypeMeta{APIVersion: authenticationv1.SchemeGroupVersion.String(), Kind: "TokenRequest"}
	answer.Name, answer.Namespace, answer.UID = account, namespace, types.UID(owner.UID)
	answer.CreationTimestamp = metav1.NewTime(i.now())
	answer.Spec.Audiences = issued.Audiences
	answer.Status = authenticationv1.TokenRequestStatus{Token: issued.Token, ExpirationTimestamp: metav1.NewTime(issued.Expires)}
	return answer, nil
}

func checkAnswerable(namespace, account string, request *authenticationv1.TokenRequest) error {
	kind := authenticationv1.SchemeGroupVersion.WithKind("TokenRequest").GroupKind()
	metadata, spec := field.NewPath("metadata"), field.NewPath("spec")
	var faults field.ErrorList
	if request.Name != "" && request.Name != account {
		faults = append(faults, field.Invalid(metadata.Child("name"), request.Name, "must match the service account name if specified"))
	}
	if request.Namespace != "" && request.Namespace != namespace {
		faults = append(faults, field.Invalid(metadata.Child("namespace"), request.Namespace, "must match the service account namespace if specified"))
	}
	if len(faults) > 0 {
		return apierrors.NewInvalid(kind, account, faults)
	}
	if seconds := request.Spec.ExpirationSeconds; seconds != nil {
		path := spec.Child("expirationSeconds")
		if *seconds < int64(MinTTL/time.Second) {
			faults = append(faults, field.Invalid(path, *seconds, "may not specify a duration less than 10 minutes"))
		}
		if *seconds > int64(MaxTTL/time.Second) {
			faults = append(faults, field.Invalid(path, *seconds, "may not specify a duration larger than 2^32 seconds"))
		}
	}
	if len(faults) > 0 {
		return apierrors.NewInvalid(kind, request.Name, faults)
	}
	return nil
}

// bind makes the token depend on the object that the request names.
func (r *Request) bind(bound *authenticationv1.BoundObjectReference, objects Lookup) error {
	gvk := schema.FromAPIVersionAndKind(bound.APIVersion, bound.Kind)
	kind, namespace, resource := Kind(gvk.Kind), r.Namespace, ""
	var claim **Ref
	switch {
	case gvk.Group != "" || gvk.Version != "v1":
	case kind == Pod:
		claim, resource = &r.Pod, "pods"
	case kind == Secret:
		claim, resource = &r.Secret, "secrets"
	case kind == Node:
		claim, resource, namespace = &r.Node, "nodes", ""
	}
	if claim == nil {
		return apierrors.NewBadRequest("cannot bind token to object of type " + gvk.String())
	}
	object, ok := objects.Find(kind, namespace, bound.Name)
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Resource: resource}, bound.Name)
	}
	if bound.UID != "" && string(bound.UID) != object.UID {
		return apierrors.NewConflict(schema.GroupResource{Resource: bound.Kind}, bound.Name,
			fmt.Errorf("the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated", bound.UID))
	}
	if kind == Pod && object.ServiceAccount != r.ServiceAccount.Name {
		return apierrors.NewBadRequest(fmt.Sprintf("cannot bind token for serviceaccount %q to pod running with different serviceaccount name.", r.ServiceAccount.Name))
	}
	*claim = &Ref{Name: bound.Name, UID: object.UID}
	if kind == Pod && object.Node != "" {
		node, _ := objects.Find(Node, "", object.Node)
		r.Node = &Ref{Name: object.Node, UID: node.UID}
	}
	return nil
}
