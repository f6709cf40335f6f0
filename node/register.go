package node

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/utils/ptr"

	"argosy.dev/facts/nodes"
	"argosy.dev/node/pressure"
)

const (
	// leaseSeconds is how long a lease holds; it is renewed four times in that.
	leaseSeconds = 40
	renewEvery   = 10 * time.Second
	// statusEvery is how often the status is told though nothing changed; the lease is the heartbeat.
	statusEvery = 5 * time.Minute
	// leaseNamespace is where nodes' leases live.
	leaseNamespace = corev1.NamespaceNodeLease
)

// register makes the node's object, or takes over the one that is there, and tells a first status.
func (a *Agent) register(ctx context.Context) error {
	labels := map[string]string{
		corev1.LabelHostname: a.Name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: runtime.GOARCH,
		"beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": runtime.GOARCH,
	}
	for {
		node, ok := a.nodes.Get("", a.Name)
		if !ok {
			fresh := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: a.Name, Labels: labels}}
			fresh.Status = a.status(ctx, fresh)
			if _, err := a.nodes.Create(ctx, fresh); err != nil && !apierrors.IsAlreadyExists(err) {
				return err
			}
			continue
		}
		update := node.DeepCopy()
		if update.Labels == nil {
			update.Labels = map[string]string{}
		}
		for k, v := range labels {
			update.Labels[k] = v
		}
		if !equality.Semantic.DeepEqual(node.Labels, update.Labels) {
			if _, err := a.nodes.Update(ctx, update); apierrors.IsConflict(err) {
				continue
			} else if err != nil {
				return err
			}
		}
		if err := a.renewLease(ctx); err != nil {
			return err
		}
		return a.tellStatus(ctx, true)
	}
}

// heartbeat renews the lease and keeps the status true until ctx ends.
func (a *Agent) heartbeat(ctx context.Context) {
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	told := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-renew.C:
		}
		if err := a.renewLease(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn("the node's lease could not be renewed; it is tried again", "node", a.Name, "error", err)
		}
		due := time.Since(told) >= statusEvery
		if err := a.tellStatus(ctx, due); err != nil && ctx.Err() == nil {
			a.Log.Warn("the node's status could not be told; it is tried again", "node", a.Name, "error", err)
		} else if due {
			told = time.Now()
		}
	}
}

func (a *Agent) renewLease(ctx context.Context) error {
	now := metav1.NewMicroTime(time.Now())
	lease, ok := a.leases.Get(leaseNamespace, a.Name)
	if !ok {
		fresh := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: a.Name, Namespace: leaseNamespace},
			Spec: coordinationv1.LeaseSpec{HolderIdentity: ptr.To(a.Name), LeaseDurationSeconds: ptr.To(int32(leaseSeconds)), RenewTime: &now}}
		if node, ok := a.nodes.Get("", a.Name); ok {
			fresh.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: a.Name, UID: node.UID}}
		}
		if _, err := a.leases.Create(ctx, fresh); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("making the node's lease: %w", err)
		}
		return nil
	}
	update := lease.DeepCopy()
	update.Spec.RenewTime, update.Spec.HolderIdentity, update.Spec.LeaseDurationSeconds = &now, ptr.To(a.Name), ptr.To(int32(leaseSeconds))
	if _, err := a.leases.Update(ctx, update); err != nil && !apierrors.IsConflict(err) {
		return fmt.Errorf("renewing the node's lease: %w", err)
	}
	return nil
}

// tellStatus writes the status where it says something new, or where it is due.
func (a *Agent) tellStatus(ctx context.Context, due bool) error {
	for {
		node, ok := a.nodes.Get("", a.Name)
		if !ok {
			return a.register(ctx) // somebody deleted the node; it is here nevertheless
		}
		update := node.DeepCopy()
		update.Status = a.status(ctx, node)
		if !due && sameNodeStatus(&node.Status, &update.Status) {
			return nil
		}
		_, err := a.nodes.UpdateStatus(ctx, update)
		if !apierrors.IsConflict(err) {
			return err
		}
	}
}

// sameNodeStatus compares all but the times at which nothing changed.
func sameNodeStatus(a, b *corev1.NodeStatus) bool {
	a, b = a.DeepCopy(), b.DeepCopy()
	for _, s := range []*corev1.NodeStatus{a, b} {
		for i := range s.Conditions {
			s.Conditions[i].LastHeartbeatTime = metav1.Time{}
		}
	}
	return equality.Semantic.DeepEqual(a, b)
}

// status is what the cluster is told of the machine.
func (a *Agent) status(ctx context.Context, node *corev1.Node) corev1.NodeStatus {
	s := *node.Status.DeepCopy()
	now := time.Now().UTC().Truncate(time.Second)
	s.Capacity = a.machine.capacity(a.MaxPods)
	owned, _ := a.Devices.Amounts()
	maps.Copy(s.Capacity, owned)
	s.Allocatable = a.Allocatable()
	keepAdvertised(&s, node.Status.Capacity)
	s.NodeInfo = a.machine.info
	s.NodeInfo.KubeletVersion = a.Version
	if v, err := a.Runtime.Version(ctx, "v1"); err == nil {
		s.NodeInfo.ContainerRuntimeVersion = v.RuntimeName + "://" + v.RuntimeVersion
	}
	s.DaemonEndpoints.KubeletEndpoint.Port = a.Port
	s.Addresses = nil
	for _, ip := range a.Addresses {
		s.Addresses = append(s.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: ip})
	}
	s.Addresses = append(s.Addresses, corev1.NodeAddress{Type: corev1.NodeHostName, Address: a.HostName})
	s.Images = a.images(ctx)
	set := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) {
		nodes.SetCondition(&s, corev1.NodeCondition{Type: kind, Status: status, Reason: reason, Message: message, LastHeartbeatTime: metav1.NewTime(now)}, now)
	}
	under := a.pressures()
	for _, kind := range pressure.Conditions {
		c := pressure.Condition(kind, slices.Contains(under, kind))
		set(c.Type, c.Status, c.Reason, c.Message)
	}
	if why := a.unready(ctx); why != "" {
		set(corev1.NodeReady, corev1.ConditionFalse, "KubeletNotReady", why)
	} else {
		set(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status")
	}
	return s
}

// unready is why the node cannot run pods; "" where it can.
func (a *Agent) unready(ctx context.Context) string {
	if a.leaving.Load() {
		return "node is shutting down"
	}
	response, err := a.Runtime.Status(ctx, false)
	if err != nil {
		return "the container runtime does not answer: " + message(err)
	}
	for _, c := range response.GetStatus().GetConditions() {
		if !c.Status && (c.Type == "RuntimeReady" || c.Type == "NetworkReady") {
			return fmt.Sprintf("container runtime %s is not ready: %s %s", c.Type, c.Reason, c.Message)
		}
	}
	return ""
}

// maxImages is how many images a node's status lists, as upstream.
const maxImages = 50

func (a *Agent) images(ctx context.Context) []corev1.ContainerImage {
	list, err := a.Images.ListImages(ctx, &runtimeapi.ImageFilter{})
	if err != nil {
		return nil // the status is told without them; the runtime's own condition says what is wrong
	}
	var out []corev1.ContainerImage
	for _, i := range list {
		if len(out) == maxImages {
			break
		}
		out = append(out, corev1.ContainerImage{Names: append(append([]string(nil), i.RepoDigests...), i.RepoTags...), SizeBytes: int64(i.Size)})
	}
	return out
}

// keepAdvertised keeps the resources that somebody wrote into the node's capacity by hand. What is usable of them is all.
func keepAdvertised(s *corev1.NodeStatus, before corev1.ResourceList) {
	for name, q := range before {
		if _, known := s.Capacity[name]; !known && strings.Contains(string(name), "/") && !strings.Contains(string(name), "kubernetes.io/") {
			s.Capacity[name], s.Allocatable[name] = q, q
		}
	}
}
