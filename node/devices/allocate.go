package devices

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"

	"argosy.dev/facts/pods"
)

// patience is how long a plugin may take to answer.
const patience = 30 * time.Second

// Allocate gives the containers of a pod the devices that they ask for. keep are the pods that there are; what others had is free again. An error is
// why the node cannot take the pod.
func (b *Book) Allocate(ctx context.Context, pod *corev1.Pod, keep map[types.UID]bool) error {
	if b == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b.mu.Lock()
	maps.DeleteFunc(b.given, func(uid types.UID, _ map[string]map[string]Given) bool { return !keep[uid] })
	_, done := b.given[pod.UID]
	b.mu.Unlock()
	if done {
		return nil
	}
	t := &taking{book: b, own: map[string]map[string]Given{}, taken: map[string][]string{}, again: map[string][]string{}}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if err := t.container(ctx, c, !pods.Sidecar(c)); err != nil {
			return err
		}
	}
	for i := range pod.Spec.Containers {
		if err := t.container(ctx, &pod.Spec.Containers[i], false); err != nil {
			return err
		}
	}
	if len(t.own) == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.given[pod.UID] = t.own
	if err := b.save(); err != nil {
		delete(b.given, pod.UID)
		return err
	}
	return nil
}

// taking is one pod's allocation while it is made: what its containers have, what is taken with that, and what of it init containers leave to
// those that follow.
type taking struct {
	book         *Book
	own          map[string]map[string]Given
	taken, again map[string][]string
}

func (t *taking) container(ctx context.Context, c *corev1.Container, passing bool) error {
	for _, key := range slices.Sorted(maps.Keys(c.Resources.Limits)) {
		name, q := string(key), c.Resources.Limits[key]
		n := int(q.Value())
		t.book.mu.Lock()
		p := t.book.plugins[name]
		t.book.mu.Unlock()
		if p == nil || n == 0 {
			continue
		}
		ids, err := t.choose(ctx, p, n)
		if err != nil {
			return err
		}
		given, err := t.ask(ctx, p, ids)
		if err != nil {
			return err
		}
		if t.own[c.Name] == nil {
			t.own[c.Name] = map[string]Given{}
		}
		t.own[c.Name][name] = given
		t.taken[name] = append(t.taken[name], ids...)
		t.again[name] = slices.DeleteFunc(t.again[name], func(id string) bool { return slices.Contains(ids, id) })
		if passing {
			t.again[name] = append(t.again[name], ids...)
		}
	}
	return nil
}

// choose picks devices, as the plugin prefers where it has preferences.
func (t *taking) choose(ctx context.Context, p *plugin, n int) ([]string, error) {
	b := t.book
	b.mu.Lock()
	used := b.used(p.resource)
	var free, must []string
	for id := range p.devices {
		if !p.healthy(id) || used[id] {
			continue
		}
		if slices.Contains(t.again[p.resource], id) {
			must = append(must, id)
		} else if !slices.Contains(t.taken[p.resource], id) {
			free = append(free, id)
		}
	}
	away, prefers := p.client == nil || !p.gone.IsZero(), p.options.GetGetPreferredAllocationAvailable()
	b.mu.Unlock()
	if away {
		return nil, fmt.Errorf("no healthy devices present; cannot allocate unhealthy devices %s", p.resource)
	}
	slices.Sort(free)
	slices.Sort(must)
	if len(free)+len(must) < n {
		return nil, fmt.Errorf("requested number of devices unavailable for %s. Requested: %d, Available: %d", p.resource, n, len(free)+len(must))
	}
	must = must[:min(n, len(must))]
	all := slices.Concat(must, free)
	if !prefers || len(must) == n {
		return all[:n], nil
	}
	request := &api.PreferredAllocationRequest{ContainerRequests: []*api.ContainerPreferredAllocationRequest{
		{AvailableDeviceIDs: all, MustIncludeDeviceIDs: must, AllocationSize: int32(n)}}}
	answer, err := p.client.GetPreferredAllocation(ctx, request)
	if err != nil {
		return nil, err
	}
	if len(answer.ContainerResponses) != 1 {
		return all[:n], nil
	}
	// It is a preference: what it names beyond what was offered does not count, and what it does not name is filled up.
	var ids []string
	for _, id := range slices.Concat(must, answer.ContainerResponses[0].DeviceIDs, all) {
		if len(ids) < n && slices.Contains(all, id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// ask tells the plugin that a container gets devices, and hears what comes with them.
func (t *taking) ask(ctx context.Context, p *plugin, ids []string) (Given, error) {
	answer, err := p.client.Allocate(ctx, &api.AllocateRequest{ContainerRequests: []*api.ContainerAllocateRequest{{DevicesIds: ids}}})
	if err != nil {
		return Given{}, err
	}
	if len(answer.ContainerResponses) != 1 {
		return Given{}, fmt.Errorf("no containers return in allocation response %v", answer)
	}
	response, err := proto.Marshal(answer.ContainerResponses[0])
	return Given{IDs: ids, Response: response}, err
}

// PreStart tells the plugins that want to know that a container is about to start with their devices.
func (b *Book) PreStart(ctx context.Context, uid types.UID, container string) error {
	if b == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b.mu.Lock()
	own := maps.Clone(b.given[uid][container])
	var wanted []*plugin
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if p := b.plugins[name]; p != nil && p.options.GetPreStartRequired() {
			wanted = append(wanted, p)
		}
	}
	b.mu.Unlock()
	for _, p := range wanted {
		if _, err := p.client.PreStartContainer(ctx, &api.PreStartContainerRequest{DevicesIds: own[p.resource].IDs}); err != nil {
			return fmt.Errorf("device plugin PreStartContainer rpc failed with err: %w (devices %s of %s)", err, strings.Join(own[p.resource].IDs, ", "), p.resource)
		}
	}
	return nil
}
