package serviceaccounttoken

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs.
const Name = "tokens-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"secrets", "serviceaccounts"}
	Writes = []string{"secrets"}
)

// Sign makes the token of a service account that a Secret is to hold.
type Sign func(account *corev1.ServiceAccount, secret string) (token string, err error)

type controller struct {
	secrets  client.Resource[*corev1.Secret]
	accounts client.Resource[*corev1.ServiceAccount]
	sign     Sign
	bundle   []byte
}

// New makes the controller. bundle is the certificates by which the API server is verified, in PEM.
func New(c client.Cluster, sign Sign, bundle []byte, log *slog.Logger) *loop.Controller {
	r := &controller{secrets: client.Secrets(c), accounts: client.ServiceAccounts(c), sign: sign, bundle: bundle}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.secrets, func(s *corev1.Secret) []loop.Key {
				if s.Type != corev1.SecretTypeServiceAccountToken {
					return nil
				}
				return loop.Self(s)
			}),
			loop.Objects(r.accounts, func(sa *corev1.ServiceAccount) []loop.Key { return r.of(sa) }),
		},
		Reconcile: r.reconcile,
		Log:       log,
	}
}

// of are the Secrets that are for an account.
func (c *controller) of(account *corev1.ServiceAccount) []loop.Key {
	var keys []loop.Key
	for _, s := range c.secrets.List(account.Namespace) {
		if s.Type == corev1.SecretTypeServiceAccountToken && s.Annotations[corev1.ServiceAccountNameKey] == account.Name {
			keys = append(keys, loop.Key{Namespace: s.Namespace, Name: s.Name})
		}
	}
	return keys
}

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	secret, ok := c.secrets.Get(key.Namespace, key.Name)
	if !ok || secret.Type != corev1.SecretTypeServiceAccountToken {
		return 0, nil
	}
	account, exists := c.accounts.Get(key.Namespace, secret.Annotations[corev1.ServiceAccountNameKey])
	if !exists {
		account = nil
	}
	step := Decide(secret, account, c.bundle)
	if step.Delete {
		uid := secret.UID
		err := c.secrets.Delete(ctx, key.Namespace, key.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			return 0, fmt.Errorf("deleting the token %s/%s of an account that is gone: %w", key.Namespace, key.Name, err)
		}
		return 0, nil
	}
	next := step.Write
	if next == nil {
		return 0, nil
	}
	if step.Sign {
		token, err := c.sign(account, secret.Name)
		if err != nil {
			return 0, fmt.Errorf("signing the token of secret %s/%s: %w", key.Namespace, key.Name, err)
		}
		next.Data[corev1.ServiceAccountTokenKey] = []byte(token)
	}
	if _, err := c.secrets.Update(ctx, next); err != nil && !apierrors.IsNotFound(err) {
		return 0, fmt.Errorf("filling the token secret %s/%s: %w", key.Namespace, key.Name, err)
	}
	return 0, nil
}
