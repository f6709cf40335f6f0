package review

import (
	"context"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/access"
	"argosy.dev/access/authz"
	"argosy.dev/access/token"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// Reviewer answers. All fields are needed but Now.
type Reviewer struct {
	Authorizer authz.Authorizer
	Rules      Rules
	Tokens     Tokens
	// Now is the machine's clock where it is nil.
	Now func() time.Time
}

// Rules tells all that somebody may do, of the cluster and in one namespace. What is missing is told in the error.
type Rules interface {
	Rules(user *access.User, namespace string) ([]rbacv1.PolicyRule, error)
}

// Tokens verifies tokens for those that they are for; no audience is the API server.
type Tokens interface {
	Verify(token string, audiences ...string) (*token.Verified, error)
}

// Answers are what the pipeline asks, by resource.
func (r *Reviewer) Answers() map[string]resource.Answer {
	return map[string]resource.Answer{
		"tokenreviews.authentication.k8s.io":             answer(r.token),
		"selfsubjectreviews.authentication.k8s.io":       answer(r.self),
		"subjectaccessreviews.authorization.k8s.io":      answer(r.access),
		"localsubjectaccessreviews.authorization.k8s.io": answer(r.localAccess),
		"selfsubjectaccessreviews.authorization.k8s.io":  answer(r.selfAccess),
		"selfsubjectrulesreviews.authorization.k8s.io":   answer(r.selfRules),
	}
}

// answer makes an answer out of a function over the question's own type.
func answer[T kinds.Object](f func(ctx context.Context, question T) (runtime.Object, error)) resource.Answer {
	return func(ctx context.Context, _ resource.Target, question kinds.Object) (runtime.Object, error) {
		return f(ctx, question.(T))
	}
}

func (r *Reviewer) now() time.Time {
	if r.Now == nil {
		return time.Now()
	}
	return r.Now()
}
