package review

import (
	"context"
	"errors"
	"maps"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/access"
	"argosy.dev/access/token"
	"argosy.dev/base/identity"
)

// token answers whose token it is, for the audiences that ask.
func (r *Reviewer) token(_ context.Context, q *authenticationv1.TokenReview) (runtime.Object, error) {
	if q.Spec.Token == "" {
		return nil, apierrors.NewBadRequest("token is required for TokenReview in authentication")
	}
	verified, err := r.Tokens.Verify(q.Spec.Token, q.Spec.Audiences...)
	switch {
	case errors.Is(err, token.ErrNotOurs):
		q.Status = authenticationv1.TokenReviewStatus{Error: "invalid bearer token"}
	case err != nil:
		q.Status = authenticationv1.TokenReviewStatus{Error: "[invalid bearer token, " + err.Error() + "]"}
	default:
		q.Status = authenticationv1.TokenReviewStatus{Authenticated: true, User: info(verified.User), Audiences: verified.Audiences}
	}
	return q, nil
}

// self answers who asks. Nothing of the question is needed for it.
func (r *Reviewer) self(ctx context.Context, _ *authenticationv1.SelfSubjectReview) (runtime.Object, error) {
	user := identity.FromContext(ctx)
	if user == nil {
		return nil, apierrors.NewBadRequest("no user present on request")
	}
	return &authenticationv1.SelfSubjectReview{
		ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(r.now())},
		Status:     authenticationv1.SelfSubjectReviewStatus{UserInfo: info(user)},
	}, nil
}

// info is a user as the API shows one.
func info(user *access.User) authenticationv1.UserInfo {
	shown := authenticationv1.UserInfo{Username: user.Name, UID: user.UID, Groups: slices.Clone(user.Groups)}
	for key, values := range maps.All(user.Extra) {
		if shown.Extra == nil {
			shown.Extra = map[string]authenticationv1.ExtraValue{}
		}
		shown.Extra[key] = slices.Clone(values)
	}
	return shown
}
