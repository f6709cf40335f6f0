package runtime

import (
	"context"
	"sync"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// eventBacklog is how many events a reader may be behind; the oldest are dropped then, for a reader lists anyway.
const eventBacklog = 1000

// events hands the runtime's events to whoever reads them.
type events struct {
	mu      sync.Mutex
	readers map[chan *runtimeapi.ContainerEventResponse]struct{}
	closed  chan struct{}
	once    sync.Once
}

func newEvents() *events {
	return &events{readers: map[chan *runtimeapi.ContainerEventResponse]struct{}{}, closed: make(chan struct{})}
}

func (e *events) close() { e.once.Do(func() { close(e.closed) }) }

func (e *events) watched() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.readers) > 0
}

func (e *events) publish(event *runtimeapi.ContainerEventResponse) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ch := range e.readers {
		for sent := false; !sent; {
			select {
			case ch <- event:
				sent = true
			default:
				select {
				case <-ch:
				default:
				}
			}
		}
	}
}

// announce tells readers what happened to a container, or to a sandbox under its own id.
func (r *Runtime) announce(s *sandbox, id string, what runtimeapi.ContainerEventType) {
	if !r.events.watched() {
		return
	}
	event := &runtimeapi.ContainerEventResponse{
		ContainerId: id, ContainerEventType: what, CreatedAt: now(), PodSandboxStatus: r.sandboxStatus(s),
	}
	for _, c := range r.containersOf(s.id) {
		event.ContainersStatuses = append(event.ContainersStatuses, containerStatus(c))
	}
	r.events.publish(event)
}

// GetContainerEvents sends what happens from now on to ch, until ctx ends or the runtime is closed.
func (r *Runtime) GetContainerEvents(ctx context.Context, ch chan *runtimeapi.ContainerEventResponse, connected func(runtimeapi.RuntimeService_GetContainerEventsClient)) error {
	mine := make(chan *runtimeapi.ContainerEventResponse, eventBacklog)
	r.events.mu.Lock()
	r.events.readers[mine] = struct{}{}
	r.events.mu.Unlock()
	defer func() {
		r.events.mu.Lock()
		defer r.events.mu.Unlock()
		delete(r.events.readers, mine)
	}()
	if connected != nil {
		connected(nil)
	}
	for {
		select {
		case event := <-mine:
			select {
			case ch <- event:
			case <-ctx.Done():
				return ctx.Err()
			case <-r.events.closed:
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-r.events.closed:
			return nil
		}
	}
}
