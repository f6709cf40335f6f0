package review

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/access"
	"argosy.dev/access/authz"
	"argosy.dev/access/token"
	"argosy.dev/base/identity"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

type some struct{}

func (some) Authorize(_ context.Context, user *access.User, a authz.Attributes) (authz.Decision, string, error) {
	switch user.Name {
	case "denied":
		return authz.Deny, "no", nil
	case "broken":
		return authz.NoOpinion, "", errors.New("cannot tell")
	case "jane":
		return authz.Allow, fmt.Sprintf("%+v", a), nil
	}
	return authz.NoOpinion, "", nil
}

func (some) Rules(user *access.User, namespace string) ([]rbacv1.PolicyRule, error) {
	return []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{namespace}}, {Verbs: []string{"get"}, NonResourceURLs: []string{user.Name}}}, errors.New("x not found")
}

func (some) Verify(secret string, audiences ...string) (*token.Verified, error) {
	switch secret {
	case "good":
		return &token.Verified{User: &access.User{Name: "jane", UID: "1", Groups: []string{"g"}, Extra: map[string][]string{"k": {"v"}}}, Audiences: audiences}, nil
	case "old":
		return nil, errors.New("service account token has expired")
	}
	return nil, token.ErrNotOurs
}

func ask(t *testing.T, who, resourceName string, question kinds.Object) (any, error) {
	t.Helper()
	r := &Reviewer{Authorizer: some{}, Rules: some{}, Tokens: some{}, Now: func() time.Time { return time.Unix(7, 0) }}
	ctx := identity.NewContext(t.Context(), &identity.User{Name: who})
	return r.Answers()[resourceName](ctx, resource.Target{}, question)
}

func TestTokens(t *testing.T) {
	tests := []struct {
		token string
		want  authenticationv1.TokenReviewStatus
	}{
		{"good", authenticationv1.TokenReviewStatus{Authenticated: true, Audiences: []string{"a"}, User: authenticationv1.UserInfo{
			Username: "jane", UID: "1", Groups: []string{"g"}, Extra: map[string]authenticationv1.ExtraValue{"k": {"v"}}}}},
		{"old", authenticationv1.TokenReviewStatus{Error: "[invalid bearer token, service account token has expired]"}},
		{"strange", authenticationv1.TokenReviewStatus{Error: "invalid bearer token"}},
	}
	for _, tt := range tests {
		// What the asker claims the answer to be is not it.
		question := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: tt.token, Audiences: []string{"a"}},
			Status: authenticationv1.TokenReviewStatus{Authenticated: true}}
		got, err := ask(t, "x", "tokenreviews.authentication.k8s.io", question)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got.(*authenticationv1.TokenReview).Status); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.token, diff)
		}
	}
	if _, err := ask(t, "x", "tokenreviews.authentication.k8s.io", &authenticationv1.TokenReview{}); err == nil || err.Error() != "token is required for TokenReview in authentication" {
		t.Errorf("got %v", err)
	}
}

func TestSelf(t *testing.T) {
	got, err := ask(t, "jane", "selfsubjectreviews.authentication.k8s.io", &authenticationv1.SelfSubjectReview{ObjectMeta: metav1.ObjectMeta{Name: "x"}})
	want := &authenticationv1.SelfSubjectReview{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.Unix(7, 0)},
		Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: "jane"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAccess(t *testing.T) {
	pods := &authorizationv1.ResourceAttributes{Verb: "list", Group: "g", Version: "v", Resource: "pods", Subresource: "s", Namespace: "n", Name: "x"}
	selecting := func(edit func(*authorizationv1.ResourceAttributes)) *authorizationv1.ResourceAttributes {
		c := pods.DeepCopy()
		edit(c)
		return c
	}
	asked := authz.Attributes{IsResource: true, Verb: "list", Group: "g", Version: "v", Resource: "pods", Subresource: "s", Namespace: "n", Name: "x"}
	tests := []struct {
		user string
		of   *authorizationv1.ResourceAttributes
		want authorizationv1.SubjectAccessReviewStatus
	}{
		{"jane", pods, authorizationv1.SubjectAccessReviewStatus{Allowed: true, Reason: fmt.Sprintf("%+v", asked)}},
		{"jane", nil, authorizationv1.SubjectAccessReviewStatus{Allowed: true, Reason: fmt.Sprintf("%+v", authz.Attributes{Verb: "get", Path: "/x"})}},
		{"jim", pods, authorizationv1.SubjectAccessReviewStatus{}},
		{"denied", pods, authorizationv1.SubjectAccessReviewStatus{Denied: true, Reason: "no"}},
		{"broken", pods, authorizationv1.SubjectAccessReviewStatus{EvaluationError: "cannot tell"}},
		{"jim", selecting(func(r *authorizationv1.ResourceAttributes) {
			r.FieldSelector = &authorizationv1.FieldSelectorAttributes{RawSelector: "x"}
		}), authorizationv1.SubjectAccessReviewStatus{EvaluationError: "spec.resourceAttributes.fieldSelector ignored due to parse error"}},
		{"jim", selecting(func(r *authorizationv1.ResourceAttributes) {
			r.LabelSelector = &authorizationv1.LabelSelectorAttributes{RawSelector: "=,="}
		}), authorizationv1.SubjectAccessReviewStatus{EvaluationError: "spec.resourceAttributes.labelSelector ignored due to parse error"}},
	}
	for i, tt := range tests {
		spec := authorizationv1.SubjectAccessReviewSpec{User: tt.user, ResourceAttributes: tt.of}
		if tt.of == nil {
			spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Verb: "get", Path: "/x"}
		}
		for _, name := range []string{"subjectaccessreviews", "localsubjectaccessreviews", "selfsubjectaccessreviews"} {
			var question kinds.Object
			switch name {
			case "subjectaccessreviews":
				question = &authorizationv1.SubjectAccessReview{Spec: spec}
			case "localsubjectaccessreviews":
				question = &authorizationv1.LocalSubjectAccessReview{Spec: spec}
			default:
				question = &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
					ResourceAttributes: spec.ResourceAttributes, NonResourceAttributes: spec.NonResourceAttributes}}
			}
			got, err := ask(t, tt.user, name+".authorization.k8s.io", question)
			if err != nil {
				t.Fatal(err)
			}
			var status authorizationv1.SubjectAccessReviewStatus
			switch got := got.(type) {
			case *authorizationv1.SubjectAccessReview:
				status = got.Status
			case *authorizationv1.LocalSubjectAccessReview:
				status = got.Status
			case *authorizationv1.SelfSubjectAccessReview:
				status = got.Status
			}
			if diff := cmp.Diff(tt.want, status); diff != "" {
				t.Errorf("%d, %s (-want +got):\n%s", i, name, diff)
			}
		}
	}
}

func TestSelfRules(t *testing.T) {
	got, err := ask(t, "jane", "selfsubjectrulesreviews.authorization.k8s.io", &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: "shop"}})
	want := &authorizationv1.SelfSubjectRulesReview{Status: authorizationv1.SubjectRulesReviewStatus{
		ResourceRules:    []authorizationv1.ResourceRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"shop"}}},
		NonResourceRules: []authorizationv1.NonResourceRule{{Verbs: []string{"get"}, NonResourceURLs: []string{"jane"}}},
		EvaluationError:  "x not found",
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := ask(t, "jane", "selfsubjectrulesreviews.authorization.k8s.io", &authorizationv1.SelfSubjectRulesReview{}); err == nil || err.Error() != "no namespace on request" {
		t.Errorf("got %v", err)
	}
}
