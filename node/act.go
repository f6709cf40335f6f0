package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/client"
	"argosy.dev/node/environment"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/podplan"
	"argosy.dev/volume"
)

// act takes the plan's steps. A step that fails for the pod's own sake becomes a trouble; an error is the machine's fault.
func (w *worker) act(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, plan podplan.Plan) error {
	kills := make([]end, len(plan.Kill))
	for i, k := range plan.Kill {
		kills[i] = end{container: k.Container, message: k.Message, grace: grace(pod, k.Grace)}
		if k.Renew {
			w.renewed[k.Container.ID] = true
		}
	}
	if err := w.endAll(ctx, pod, observed, kills); err != nil {
		return err
	}
	if len(plan.Reset) > 0 {
		return w.reset(ctx, pod, observed, plan.Reset)
	}
	w.resize(ctx, pod, observed, plan.Resize)
	if plan.Sandbox {
		return w.sandbox(ctx, pod, observed, plan)
	}
	for _, s := range plan.Start {
		if trouble := w.start(ctx, pod, observed, s); trouble != nil {
			w.troubles[s.Container.Name] = *trouble
		} else {
			delete(w.troubles, s.Container.Name)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// reset takes a pod's ended runs away, so that it begins again in its sandbox. The last is the one that asked for it: if it keeps asking, it
// is held back as a container is that keeps ending.
func (w *worker) reset(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, runs []*podplan.Container) error {
	trigger := runs[len(runs)-1]
	if spec := containerSpec(pod, trigger.Name); spec != nil {
		if trouble := w.holdBack(pod, observed, podplan.Start{Container: spec}); trouble != nil {
			w.troubles[trigger.Name] = *trouble
			return nil
		}
	}
	delete(w.troubles, trigger.Name)
	w.Events.Normal(client.Reference(pod), "RestartAllContainers", "Restarting all containers of the pod, as container %s asks", trigger.Name)
	for _, run := range runs {
		w.renewed[run.ID] = true
		if err := w.Runtime.RemoveContainer(ctx, run.ID); err != nil && !isNotFound(err) {
			return fmt.Errorf("removing the ended container %s: %w", run.Name, err)
		}
	}
	return nil
}

func (a *Agent) config() podconfig.Node {
	return podconfig.Node{LogDir: a.LogDir, HostName: a.HostName, DNS: a.DNS, MemoryBytes: a.machine.memory, ClusterDomain: "cluster.local"}
}

// sandbox makes the pod's frame, its volumes first.
func (w *worker) sandbox(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, plan podplan.Plan) error {
	if s := observed.Sandbox; s != nil {
		if err := w.Runtime.StopPodSandbox(ctx, s.ID); err != nil && !isNotFound(err) {
			return fmt.Errorf("stopping the sandbox that failed: %w", err)
		}
		if plan.Attempt > 0 {
			w.Events.Normal(client.Reference(pod), "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
		}
	}
	if podconfig.Labelled(pod) && !w.machine.seLinux {
		w.Events.Warning(client.Reference(pod), "SELinuxNotEnforced", "The pod has SELinux options, and SELinux is not enabled on the host: they have no effect")
	}
	volumes, err := w.Volumes.Prepare(ctx, pod)
	if err != nil {
		w.mountFailed(ctx, pod, err)
		return nil
	}
	w.volumes, w.mountDelay = volumes, 0
	if err := w.makeDirs(pod); err != nil {
		return err
	}
	if err := errors.Join(podconfig.CheckHostName(pod, w.config().ClusterDomain), w.prepareUsers(ctx, pod)); err != nil {
		w.trouble("", podplan.Waiting{}, retryStep)
		w.Events.Warning(client.Reference(pod), "FailedCreatePodSandBox", "Failed to create pod sandbox: %v", err)
		return nil
	}
	if _, err := w.Runtime.RunPodSandbox(ctx, podconfig.Sandbox(pod, plan.Attempt, w.config()), runtimeHandler(pod)); err != nil {
		if ctx.Err() == nil {
			w.trouble("", podplan.Waiting{}, retryStep)
			w.Events.Warning(client.Reference(pod), "FailedCreatePodSandBox", "Failed to create pod sandbox: %v", err)
		}
		return nil
	}
	delete(w.troubles, "")
	return nil
}

func runtimeHandler(pod *corev1.Pod) string {
	if pod.Spec.RuntimeClassName != nil {
		return *pod.Spec.RuntimeClassName
	}
	return ""
}

func (w *worker) trouble(name string, why podplan.Waiting, hold time.Duration) {
	w.troubles[name] = podplan.Trouble{Waiting: why, Until: time.Now().Add(hold)}
}

// start makes and starts one container; trouble says why it did not.
func (w *worker) start(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, s podplan.Start) *podplan.Trouble {
	name := s.Container.Name
	if trouble := w.holdBack(pod, observed, s); trouble != nil {
		return trouble
	}
	ref := ContainerReference(pod, name)
	sandboxConfig := podconfig.Sandbox(pod, observed.Sandbox.Attempt, w.config())
	tell := func(reason, message string) { w.Events.Normal(ref, reason, "%s", message) }
	image, trouble := w.pulls.image(ctx, pod, s.Container, sandboxConfig, w.credentials(pod, s.Container.Image), tell)
	if trouble != nil {
		if ctx.Err() == nil && trouble.Reason != "" {
			w.tellImage(ref, s.Container.Image, trouble.Waiting)
		}
		return trouble
	}
	id, trouble := w.create(ctx, pod, observed, s, image, sandboxConfig)
	if trouble != nil {
		if ctx.Err() == nil {
			w.Events.Warning(ref, "Failed", "Error: %s", trouble.Message)
		}
		return trouble
	}
	w.Events.Normal(ref, "Created", "Container created")
	if err := w.Devices.PreStart(ctx, pod.UID, name); err != nil {
		if ctx.Err() == nil {
			w.Events.Warning(ref, "Failed", "Internal PreStartContainer hook failed: %v", err)
		}
		return &podplan.Trouble{Waiting: podplan.Waiting{Reason: "PreStartHookError", Message: err.Error()}, Until: time.Now().Add(firstBackoff)}
	}
	if err := w.Runtime.StartContainer(ctx, id); err != nil {
		if ctx.Err() == nil {
			w.Events.Warning(ref, "Failed", "Error: %s", message(err))
		}
		return &podplan.Trouble{Waiting: podplan.Waiting{Reason: "RunContainerError", Message: message(err)}, Until: time.Now().Add(firstBackoff)}
	}
	w.Events.Normal(ref, "Started", "Container started")
	return w.postStart(ctx, pod, observed, s.Container, id)
}

// holdBack keeps a container that keeps ending from being restarted too soon.
func (w *worker) holdBack(pod *corev1.Pod, observed podplan.Observed, s podplan.Start) *podplan.Trouble {
	last := observed.Containers[s.Container.Name]
	if last == nil || last.State != podplan.Exited {
		return nil
	}
	b := w.restarts[s.Container.Name]
	if b == nil {
		b = &backoff{}
		w.restarts[s.Container.Name] = b
	}
	until := b.after(last)
	left := time.Until(until)
	if left <= 0 {
		return nil
	}
	text := fmt.Sprintf("back-off %v restarting failed container=%s pod=%s_%s(%s)", b.delayOf(), s.Container.Name, pod.Name, pod.Namespace, pod.UID)
	w.Events.Warning(ContainerReference(pod, s.Container.Name), "BackOff", "Back-off restarting failed container %s in pod %s_%s(%s)", s.Container.Name, pod.Name, pod.Namespace, pod.UID)
	return &podplan.Trouble{Waiting: podplan.Waiting{Reason: "CrashLoopBackOff", Message: text}, Until: until}
}

// delayOf is the delay that holds now; the account already has the next one.
func (b *backoff) delayOf() time.Duration {
	if b.delay <= firstBackoff {
		return firstBackoff
	}
	return min(b.delay, lastBackoff)
}

func (w *worker) create(ctx context.Context, pod *corev1.Pod, observed podplan.Observed, s podplan.Start, image string, sandboxConfig *runtimeapi.PodSandboxConfig) (string, *podplan.Trouble) {
	bad := func(reason string, err error) *podplan.Trouble {
		return &podplan.Trouble{Waiting: podplan.Waiting{Reason: reason, Message: message(err)}, Until: time.Now().Add(firstBackoff)}
	}
	if w.volumes == nil {
		volumes, err := w.Volumes.Prepare(ctx, pod)
		if err != nil {
			return "", bad("CreateContainerConfigError", err)
		}
		w.volumes = volumes
	}
	seen := withAddresses(pod, observed.Sandbox.IPs, w.Addresses)
	variables, err := environment.Variables(seen, s.Container, w.Allocatable(), w)
	if err != nil {
		return "", bad("CreateContainerConfigError", err)
	}
	user, err := w.imageUser(ctx, pod, s.Container)
	if err != nil {
		return "", bad("CreateContainerConfigError", err)
	}
	target, err := targetOf(observed, s)
	if err != nil {
		return "", bad("CreateContainerConfigError", err)
	}
	hosts, last, err := w.files(seen, s)
	if err != nil {
		return "", bad("CreateContainerConfigError", err)
	}
	c := podconfig.Container{Pod: pod, Spec: s.Container, Attempt: s.Attempt, ImageID: image, Variables: variables, Volumes: w.volumes,
		HostsFile: hosts, TerminationFile: last, ImageUser: user, TargetID: target, MountPath: func(m volume.Mount, subPath, place string) (string, error) {
			return w.Volumes.SubPath(pod, m, subPath, place)
		}}
	config, err := c.Config(w.config())
	if err != nil {
		return "", bad("CreateContainerConfigError", err)
	}
	config.Linux.Resources.CpusetCpus = w.CPUs.Of(pod.UID, s.Container.Name)
	given, err := w.Devices.Of(pod.UID, s.Container.Name)
	if err != nil {
		return "", bad("CreateContainerConfigError", err)
	}
	withDevices(config, given)
	id, err := w.Runtime.CreateContainer(ctx, observed.Sandbox.ID, config, sandboxConfig)
	if status.Code(unwrapAll(err)) == codes.FailedPrecondition {
		// The runtime keeps what runs in this sandbox, and starts nothing in it any more: it is of another build. The next step makes a new one.
		err = errors.Join(err, w.stop(ctx, pod, observed))
	}
	if err != nil {
		return "", bad("CreateContainerError", err)
	}
	return id, nil
}

// withAddresses is the pod as its own containers may see it: with the addresses that are known here before the API knows them.
func withAddresses(pod *corev1.Pod, ips, host []string) *corev1.Pod {
	p := pod.DeepCopy()
	if p.Spec.HostNetwork {
		ips = host
	}
	p.Status.PodIPs, p.Status.HostIPs = nil, nil
	for i, ip := range ips {
		if i == 0 {
			p.Status.PodIP = ip
		}
		p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	for i, ip := range host {
		if i == 0 {
			p.Status.HostIP = ip
		}
		p.Status.HostIPs = append(p.Status.HostIPs, corev1.HostIP{IP: ip})
	}
	return p
}

// ContainerReference points at a container of a pod, as events do.
func ContainerReference(pod *corev1.Pod, name string) corev1.ObjectReference {
	ref := client.Reference(pod)
	field := "containers"
	for i := range pod.Spec.InitContainers {
		if pod.Spec.InitContainers[i].Name == name {
			field = "initContainers"
		}
	}
	for i := range pod.Spec.EphemeralContainers {
		if pod.Spec.EphemeralContainers[i].Name == name {
			field = "ephemeralContainers"
		}
	}
	ref.FieldPath = "spec." + field + "{" + name + "}"
	return ref
}
