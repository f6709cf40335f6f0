package review

import (
	"context"
	"errors"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"

	"argosy.dev/access"
	"argosy.dev/access/authz"
	"argosy.dev/base/identity"
)

func (r *Reviewer) access(ctx context.Context, q *authorizationv1.SubjectAccessReview) (runtime.Object, error) {
	q.Status = r.decide(ctx, subject(&q.Spec), q.Spec.ResourceAttributes, q.Spec.NonResourceAttributes)
	return q, nil
}

func (r *Reviewer) localAccess(ctx context.Context, q *authorizationv1.LocalSubjectAccessReview) (runtime.Object, error) {
	q.Status = r.decide(ctx, subject(&q.Spec), q.Spec.ResourceAttributes, q.Spec.NonResourceAttributes)
	return q, nil
}

func (r *Reviewer) selfAccess(ctx context.Context, q *authorizationv1.SelfSubjectAccessReview) (runtime.Object, error) {
	user := identity.FromContext(ctx)
	if user == nil {
		return nil, apierrors.NewBadRequest("no user present on request")
	}
	q.Status = r.decide(ctx, user, q.Spec.ResourceAttributes, q.Spec.NonResourceAttributes)
	return q, nil
}

// selfRules answers with a new object: what the question holds beside the namespace is not told again.
func (r *Reviewer) selfRules(ctx context.Context, q *authorizationv1.SelfSubjectRulesReview) (runtime.Object, error) {
	user := identity.FromContext(ctx)
	if user == nil {
		return nil, apierrors.NewBadRequest("no user present on request")
	}
	if q.Spec.Namespace == "" {
		return nil, apierrors.NewBadRequest("no namespace on request")
	}
	rules, err := r.Rules.Rules(user, q.Spec.Namespace)
	answer := &authorizationv1.SelfSubjectRulesReview{Status: sorted(rules)}
	if err != nil {
		answer.Status.EvaluationError = err.Error()
	}
	return answer, nil
}

// sorted shows rules for resources and rules for paths apart.
func sorted(rules []rbacv1.PolicyRule) authorizationv1.SubjectRulesReviewStatus {
	status := authorizationv1.SubjectRulesReviewStatus{ResourceRules: []authorizationv1.ResourceRule{}, NonResourceRules: []authorizationv1.NonResourceRule{}}
	for _, rule := range rules {
		if len(rule.Resources) > 0 {
			status.ResourceRules = append(status.ResourceRules, authorizationv1.ResourceRule{
				Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources, ResourceNames: rule.ResourceNames})
		}
		if len(rule.NonResourceURLs) > 0 {
			status.NonResourceRules = append(status.NonResourceRules, authorizationv1.NonResourceRule{Verbs: rule.Verbs, NonResourceURLs: rule.NonResourceURLs})
		}
	}
	return status
}

// subject is whom a review asks about: exactly as it says, no group is added.
func subject(spec *authorizationv1.SubjectAccessReviewSpec) *access.User {
	user := &access.User{Name: spec.User, UID: spec.UID, Groups: spec.Groups}
	for key, values := range spec.Extra {
		if user.Extra == nil {
			user.Extra = map[string][]string{}
		}
		user.Extra[key] = values
	}
	return user
}

// decide asks the authorizers.
func (r *Reviewer) decide(ctx context.Context, user *access.User, of *authorizationv1.ResourceAttributes, path *authorizationv1.NonResourceAttributes) authorizationv1.SubjectAccessReviewStatus {
	var a authz.Attributes
	var ignored error
	if of != nil {
		a, ignored = resourceAttributes(of)
	} else {
		a = authz.Attributes{Verb: path.Verb, Path: path.Path}
	}
	d, reason, err := r.Authorizer.Authorize(ctx, user, a)
	status := authorizationv1.SubjectAccessReviewStatus{Allowed: d == authz.Allow, Denied: d == authz.Deny, Reason: reason}
	if err := errors.Join(err, ignored); err != nil {
		status.EvaluationError = err.Error()
	}
	return status
}

// resourceAttributes are what is asked for. A selector that cannot be read is left out, which makes more of the request and not less; the
// error says so.
func resourceAttributes(of *authorizationv1.ResourceAttributes) (authz.Attributes, error) {
	a := authz.Attributes{IsResource: true, Verb: of.Verb, Group: of.Group, Version: of.Version, Resource: of.Resource,
		Subresource: of.Subresource, Namespace: of.Namespace, Name: of.Name}
	var errs []error
	if s := of.FieldSelector; s != nil {
		parsed, err := fields.ParseSelector(s.RawSelector)
		if err != nil {
			errs = append(errs, errors.New("spec.resourceAttributes.fieldSelector ignored due to parse error"))
		} else {
			a.Fields = append(parsed.Requirements(), single(s.Requirements)...)
		}
	}
	if s := of.LabelSelector; s != nil {
		if _, err := labels.Parse(s.RawSelector); err != nil {
			errs = append(errs, errors.New("spec.resourceAttributes.labelSelector ignored due to parse error"))
		}
	}
	return a, errors.Join(errs...)
}

// single are the requirements that ask for one value, the only ones that a field selector can express.
func single(list []metav1.FieldSelectorRequirement) fields.Requirements {
	var found fields.Requirements
	for _, r := range list {
		if len(r.Values) != 1 {
			continue
		}
		switch r.Operator {
		case metav1.FieldSelectorOpIn:
			found = append(found, fields.Requirement{Field: r.Key, Operator: selection.Equals, Value: r.Values[0]})
		case metav1.FieldSelectorOpNotIn:
			found = append(found, fields.Requirement{Field: r.Key, Operator: selection.NotEquals, Value: r.Values[0]})
		}
	}
	return found
}
