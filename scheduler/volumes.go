package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/types"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/scheduler/rules/claims"
)

// volumesTimeout is how long a pod's volumes may take to be bound or made, as upstream.
const volumesTimeout = 10 * time.Minute

// preparation is a pod that has its node and waits for its volumes there.
type preparation struct {
	pod    *corev1.Pod
	node   string
	chosen *claims.Choice
	// written: the claims have been told.
	written bool
	limit   *time.Timer
}

// prepare has the pod's claims told where it goes. It is bound when they all have their volumes.
func (s *Scheduler) prepare(ctx context.Context, p *corev1.Pod, node string, c *claims.Choice) {
	late := &outcome{pod: p, err: errors.New("timed out waiting for the volumes of the pod to be bound")}
	s.preparing[p.UID] = &preparation{pod: p, node: node, chosen: c, limit: time.AfterFunc(volumesTimeout, func() { s.inbox.put(happening{bound: late}) })}
	for _, b := range c.Bind {
		s.snapshot.Promise(b.Volume.Name, claims.Key(b.Claim))
	}
	s.binders.do(func() {
		if err := s.choose(ctx, node, c); err != nil {
			s.inbox.put(happening{bound: &outcome{pod: p, err: err}})
			return
		}
		s.inbox.put(happening{chosen: &outcome{pod: p}})
	})
}

// choose writes the claims' names on volumes, and the node's name on claims whose volumes are to be made.
func (s *Scheduler) choose(ctx context.Context, node string, c *claims.Choice) error {
	for _, b := range c.Bind {
		v, changed, err := storage.GetBindVolumeToClaim(b.Volume, b.Claim)
		if err == nil && changed {
			_, err = s.volumes.Update(ctx, v)
		}
		if err != nil {
			return fmt.Errorf("binding volume %s to claim %s: %w", b.Volume.Name, b.Claim.Name, err)
		}
	}
	for _, claim := range c.Make {
		if claim.Annotations[storage.AnnSelectedNode] == node {
			continue
		}
		next := claim.DeepCopy()
		if next.Annotations == nil {
			next.Annotations = map[string]string{}
		}
		next.Annotations[storage.AnnSelectedNode] = node
		if _, err := s.claims.Update(ctx, next); err != nil {
			return fmt.Errorf("telling claim %s its node: %w", claim.Name, err)
		}
	}
	return nil
}

func (s *Scheduler) applyChosen(ctx context.Context, o *outcome) {
	if p := s.preparing[o.pod.UID]; p != nil {
		p.written = true
		s.look(ctx, p)
	}
}

// look binds a pod whose volumes are there, and gives up a node on which they cannot be had.
func (s *Scheduler) look(ctx context.Context, p *preparation) {
	if !p.written {
		return
	}
	switch done, err := p.chosen.Done(p.node, s.snapshot); {
	case err != nil:
		s.inbox.put(happening{bound: &outcome{pod: p.pod, err: err}})
	case done:
		s.forgetVolumes(p.pod.UID)
		s.bind(ctx, p.pod, p.node)
	}
}

// forgetVolumes ends a preparation, whatever came of it.
func (s *Scheduler) forgetVolumes(uid types.UID) {
	p := s.preparing[uid]
	if p == nil {
		return
	}
	p.limit.Stop()
	delete(s.preparing, uid)
	for _, b := range p.chosen.Bind {
		s.snapshot.Unpromise(claims.Key(b.Claim))
	}
}

func (s *Scheduler) applyClaim(ctx context.Context, c change[*corev1.PersistentVolumeClaim]) {
	of := c.now
	if of == nil {
		of = c.was
	}
	s.snapshot.SetClaim(claims.Key(of), c.now)
	s.storageChanged(ctx)
}

func (s *Scheduler) applyVolume(ctx context.Context, c change[*corev1.PersistentVolume]) {
	of := c.now
	if of == nil {
		of = c.was
	}
	s.snapshot.SetVolume(of.Name, c.now)
	s.storageChanged(ctx)
}

func (s *Scheduler) applyClass(c change[*storagev1.StorageClass]) {
	of := c.now
	if of == nil {
		of = c.was
	}
	s.snapshot.SetClass(of.Name, c.now)
	s.news.storage = true
}

func (s *Scheduler) storageChanged(ctx context.Context) {
	s.news.storage = true
	for _, p := range s.preparing {
		s.look(ctx, p)
	}
}
