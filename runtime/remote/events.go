package remote

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// GetContainerEvents sends what happens from now on to ch, until ctx ends or the runtime goes away. Of a runtime that tells
// no events, sandboxes and containers are listed again and again, and each that is not as it was is told of; then an event
// has no more than ids, kind, time and the sandbox's metadata.
func (r *Runtime) GetContainerEvents(ctx context.Context, ch chan *runtimeapi.ContainerEventResponse, connected func(runtimeapi.RuntimeService_GetContainerEventsClient)) error {
	err := r.follow(ctx, ch, connected)
	if status.Code(err) != codes.Unimplemented {
		return err
	}
	if connected != nil {
		connected(nil)
	}
	return r.listAgain(ctx, ch)
}

func (r *Runtime) follow(ctx context.Context, ch chan<- *runtimeapi.ContainerEventResponse, connected func(runtimeapi.RuntimeService_GetContainerEventsClient)) error {
	stream, err := r.client.GetContainerEvents(ctx, &runtimeapi.GetEventsRequest{}, grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	if connected != nil {
		connected(stream)
	}
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := send(ctx, ch, event); err != nil {
			return err
		}
	}
}

func send(ctx context.Context, ch chan<- *runtimeapi.ContainerEventResponse, event *runtimeapi.ContainerEventResponse) error {
	select {
	case ch <- event:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listAgain compares lists. It ends with the runtime's first failure: what happened meanwhile is then looked for anew.
func (r *Runtime) listAgain(ctx context.Context, ch chan<- *runtimeapi.ContainerEventResponse) error {
	before, err := r.list(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(r.relist)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		now, err := r.list(ctx)
		if err != nil {
			return err
		}
		for _, event := range compare(before, now, time.Now()) {
			if err := send(ctx, ch, event); err != nil {
				return err
			}
		}
		before = now
	}
}

// seen is a sandbox or a container in a list.
type seen struct {
	sandbox *runtimeapi.PodSandboxMetadata
	inside  string // the sandbox's id
	kind    runtimeapi.ContainerEventType
}

func (r *Runtime) list(ctx context.Context) (map[string]seen, error) {
	containers, err := r.ListContainers(ctx, nil) // first: what is in a sandbox is older than the list of those
	if err != nil {
		return nil, err
	}
	sandboxes, err := r.ListPodSandbox(ctx, nil)
	if err != nil {
		return nil, err
	}
	list := make(map[string]seen, len(sandboxes)+len(containers))
	for _, s := range sandboxes {
		kind := runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT
		if s.State != runtimeapi.PodSandboxState_SANDBOX_READY {
			kind = runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT
		}
		list[s.Id] = seen{s.Metadata, s.Id, kind}
	}
	for _, c := range containers {
		kind := runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT
		switch c.State {
		case runtimeapi.ContainerState_CONTAINER_CREATED:
			kind = runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT
		case runtimeapi.ContainerState_CONTAINER_RUNNING:
			kind = runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT
		}
		list[c.Id] = seen{list[c.PodSandboxId].sandbox, c.PodSandboxId, kind}
	}
	return list, nil
}

// compare tells what happened between two lists.
func compare(before, now map[string]seen, at time.Time) []*runtimeapi.ContainerEventResponse {
	var list []*runtimeapi.ContainerEventResponse
	tell := func(id string, s seen, kind runtimeapi.ContainerEventType) {
		list = append(list, &runtimeapi.ContainerEventResponse{ContainerId: id, ContainerEventType: kind, CreatedAt: at.UnixNano(),
			PodSandboxStatus: &runtimeapi.PodSandboxStatus{Id: s.inside, Metadata: s.sandbox}})
	}
	for id, s := range now {
		if old, ok := before[id]; !ok || old.kind != s.kind {
			tell(id, s, s.kind)
		}
	}
	for id, s := range before {
		if _, ok := now[id]; !ok {
			tell(id, s, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT)
		}
	}
	return list
}
