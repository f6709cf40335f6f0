package provision_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/controllertest"
	"argosy.dev/node/provision"
	"argosy.dev/volume/sized"
)

// disk is a store without a disk.
type disk struct {
	mu        sync.Mutex
	sizes     map[string]int64
	published map[string]bool
	used      bool
	full      bool
}

func (d *disk) Create(_ context.Context, name string, s sized.Spec) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return 0, fmt.Errorf("%d bytes: %w", s.Size, sized.ErrNoSpace)
	}
	if d.sizes[name] == 0 {
		d.sizes[name] = s.Size
	}
	return d.sizes[name], nil
}

func (d *disk) Grow(_ context.Context, name string, size int64) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return 0, sized.ErrNoSpace
	}
	d.sizes[name] = size
	return size, nil
}

func (d *disk) Settle(context.Context, string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used, nil
}

func (d *disk) Delete(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.used {
		return errors.New("in use")
	}
	delete(d.sizes, name)
	return nil
}

func (d *disk) Has(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sizes[name] > 0
}

func (d *disk) Publish(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.published[name] = true
	return nil
}

func (d *disk) Published(name string) bool { return d.published[name] }

func (d *disk) Names() ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for name := range d.sizes {
		names = append(names, name)
	}
	return names, nil
}

func (d *disk) Path(name string, _ bool) string { return "/volumes/" + name + "/fs" }

func (d *disk) set(used, full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used, d.full = used, full
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: it never came", what)
		}
	}
}

// A volume is made once, grows with its claim, and goes with it. What a crash left is found.
func TestLifeOfAVolume(t *testing.T) {
	c := controllertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	log := slog.New(slog.DiscardHandler)
	d := &disk{sizes: map[string]int64{"pvc-lost": 1, "pvc-kept": 1}, published: map[string]bool{"pvc-kept": true}}
	events := record.New(c, "test", "", log)
	p := provision.New(c, "one", d, events, log)
	var running sync.WaitGroup
	running.Go(func() { events.Run(ctx) })
	running.Go(func() {
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	claims, volumes := client.PersistentVolumeClaims(c), client.PersistentVolumes(c)
	_, err := client.StorageClasses(c).Create(ctx, provision.NewClass())
	must(err)
	made, err := claims.Create(ctx, &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "c", Namespace: "default", Annotations: map[string]string{storage.AnnStorageProvisioner: provision.Name, storage.AnnSelectedNode: "one"}},
		Spec: corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}}}})
	must(err)
	name := "pvc-" + string(made.UID)
	eventually(t, "the volume", func() bool {
		v, ok := volumes.Get("", name)
		return ok && v.Spec.ClaimRef.UID == made.UID && d.Has(name)
	})
	if d.Has("pvc-lost") || !d.Has("pvc-kept") {
		t.Error("what nobody was told of goes, what somebody was stays")
	}

	// The binder's part.
	bound := made.DeepCopy()
	bound.Spec.VolumeName = name
	bound, err = claims.Update(ctx, bound)
	must(err)
	bound = bound.DeepCopy()
	bound.Status.Phase, bound.Status.Capacity = corev1.ClaimBound, corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	bound, err = claims.UpdateStatus(ctx, bound)
	must(err)

	larger := bound.DeepCopy()
	larger.Spec.Resources.Requests[corev1.ResourceStorage] = resource.MustParse("2Gi")
	_, err = claims.Update(ctx, larger)
	must(err)
	status := func() *corev1.PersistentVolumeClaimStatus {
		c, _ := claims.Get("default", "c")
		return &c.Status
	}
	eventually(t, "the wait for a pod", func() bool {
		s := status()
		return len(s.Conditions) == 1 && s.Conditions[0].Type == corev1.PersistentVolumeClaimFileSystemResizePending
	})
	v, _ := volumes.Get("", name)
	if size := v.Spec.Capacity.Storage(); size.String() != "2Gi" || status().Capacity.Storage().String() != "1Gi" {
		t.Errorf("the volume has %v, the claim %v", size, status().Capacity)
	}
	d.set(true, false)
	p.Settled(name)
	eventually(t, "the new size", func() bool { return status().Capacity.Storage().String() == "2Gi" && len(status().Conditions) == 0 })

	d.set(false, false)
	released := v.DeepCopy()
	released.Status.Phase = corev1.VolumeReleased
	_, err = volumes.UpdateStatus(ctx, released)
	must(err)
	eventually(t, "the end", func() bool {
		v, _ := volumes.Get("", name)
		return !d.Has(name) && (v == nil || v.DeletionTimestamp != nil)
	})
}
