package volume

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/volume/payload"
)

// tokens remembers issued tokens until they are due for renewal, so that bringing a volume up to date does not issue new ones.
type tokens struct {
	mu    sync.Mutex
	byPod map[types.UID]map[string]kept
}

type kept struct {
	token Token
	renew time.Time
}

// tokenFile is a service account token as a file. A token is renewed when four fifths of its time, or a day, are over.
func (s *Set) tokenFile(ctx context.Context, pod *corev1.Pod, volume string, p *corev1.ServiceAccountTokenProjection, mode int32) (payload.Files, error) {
	key := volume + "/" + p.Path + "/" + p.Audience
	k, ok := s.tokens.get(pod.UID, key)
	if now := time.Now(); !ok || now.After(k.renew) {
		seconds := int64(3600)
		if p.ExpirationSeconds != nil {
			seconds = *p.ExpirationSeconds
		}
		token, err := s.Sources.Token(ctx, pod, p.Audience, seconds)
		if err != nil {
			return nil, fmt.Errorf("failed to fetch token: %w", err)
		}
		life := min(time.Duration(seconds)*time.Second, token.Expires.Sub(now))
		k = kept{token: token, renew: now.Add(min(life*4/5, 24*time.Hour))}
		s.tokens.put(pod.UID, key, k)
	}
	if sc := pod.Spec.SecurityContext; sc != nil && sc.FSGroup == nil && runsAsOneUser(pod) {
		mode |= 0o004 // readable for the user that the containers run as
	}
	return payload.Files{p.Path: {Data: []byte(k.token.Value), Mode: mode}}, nil
}

func runsAsOneUser(pod *corev1.Pod) bool { return pod.Spec.SecurityContext.RunAsUser != nil }

func (t *tokens) get(uid types.UID, key string) (kept, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.byPod[uid][key]
	return k, ok
}

func (t *tokens) put(uid types.UID, key string, k kept) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byPod == nil {
		t.byPod = map[types.UID]map[string]kept{}
	}
	if t.byPod[uid] == nil {
		t.byPod[uid] = map[string]kept{}
	}
	t.byPod[uid][key] = k
}

func (t *tokens) forget(uid types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byPod, uid)
}

// RefreshAt is when a pod's volumes want to be brought up to date though nothing changed: its next token is due. ok is false where
// it has none.
func (s *Set) RefreshAt(uid types.UID) (at time.Time, ok bool) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	for _, k := range s.tokens.byPod[uid] {
		if !ok || k.renew.Before(at) {
			at, ok = k.renew, true
		}
	}
	return at, ok
}
