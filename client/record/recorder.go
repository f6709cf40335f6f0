package record

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
)

const (
	// queueLength is how many events wait to be written; more are dropped.
	queueLength = 1000
	// A source may tell burst events of one object at once, then one each refill, as upstream limits them.
	burst  = 25
	refill = 5 * time.Minute
	// memory is how many different events are remembered for counting.
	memory = 4096
	// forget is after how long a repeated event begins a new one.
	forget = 10 * time.Minute
)

// Recorder writes one component's events.
type Recorder struct {
	events    client.Resource[*corev1.Event]
	component string
	host      string
	log       *slog.Logger
	queue     chan happening

	mu      sync.Mutex
	dropped int
}

type happening struct {
	about   corev1.ObjectReference
	kind    string
	reason  string
	message string
	at      time.Time
}

// New makes a recorder for a component, on a host where that says something. Run writes what it is told.
func New(c client.Cluster, component, host string, log *slog.Logger) *Recorder {
	return &Recorder{events: client.Events(c), component: component, host: host, log: log, queue: make(chan happening, queueLength)}
}

// Normal tells of something that went as it should.
func (r *Recorder) Normal(about corev1.ObjectReference, reason, format string, args ...any) {
	r.tell(about, corev1.EventTypeNormal, reason, fmt.Sprintf(format, args...))
}

// Warning tells of something that somebody should look at.
func (r *Recorder) Warning(about corev1.ObjectReference, reason, format string, args ...any) {
	r.tell(about, corev1.EventTypeWarning, reason, fmt.Sprintf(format, args...))
}

func (r *Recorder) tell(about corev1.ObjectReference, kind, reason, message string) {
	const longest = 1024 // the API's limit of a note
	if len(message) > longest {
		message = message[:longest-3] + "..."
	}
	select {
	case r.queue <- happening{about, kind, reason, message, time.Now()}:
	default:
		r.mu.Lock()
		r.dropped++
		r.mu.Unlock()
	}
}

// Run writes events until ctx ends.
func (r *Recorder) Run(ctx context.Context) {
	w := writer{Recorder: r, written: map[happening]*written{}, budgets: map[types.UID]*budget{}}
	for {
		select {
		case <-ctx.Done():
			return
		case h := <-r.queue:
			w.write(ctx, h)
		}
	}
}

// writer is the state of Run.
type writer struct {
	*Recorder
	// last is the number in the name of the newest event, so that two in one tick of the clock have different names.
	last    int64
	written map[happening]*written
	budgets map[types.UID]*budget
}

// written is an event that is in the cluster.
type written struct {
	name  string
	count int32
	last  time.Time
}

type budget struct {
	left int
	last time.Time
}

func (w *writer) write(ctx context.Context, h happening) {
	same := h
	same.at = time.Time{}
	same.about.ResourceVersion = ""
	if !w.allowed(h) {
		return
	}
	if len(w.written) >= memory || len(w.budgets) >= memory {
		clear(w.written)
		clear(w.budgets)
	}
	if e := w.written[same]; e != nil && h.at.Sub(e.last) < forget {
		if w.again(ctx, h, e) {
			return
		}
	}
	name, err := w.create(ctx, h)
	if err == nil {
		w.written[same] = &written{name: name, count: 1, last: h.at}
		return
	}
	// An event about a namespace that is gone has no place any more.
	if !apierrors.IsNotFound(err) && !apierrors.IsForbidden(err) && ctx.Err() == nil {
		w.log.Warn("an event could not be written", "reason", h.reason, "about", h.about.Kind+" "+h.about.Namespace+"/"+h.about.Name, "error", err)
	}
}

// allowed spends a part of the object's budget.
func (w *writer) allowed(h happening) bool {
	b := w.budgets[h.about.UID]
	if b == nil {
		b = &budget{left: burst, last: h.at}
		w.budgets[h.about.UID] = b
	}
	if n := int(h.at.Sub(b.last) / refill); n > 0 {
		b.left, b.last = min(burst, b.left+n), b.last.Add(time.Duration(n)*refill)
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

// again counts a repeated event up; false where it is not there any more.
func (w *writer) again(ctx context.Context, h happening, e *written) bool {
	patch, err := json.Marshal(map[string]any{"count": e.count + 1, "lastTimestamp": metav1.NewTime(h.at)})
	if err != nil {
		return false
	}
	if _, err := w.events.Patch(ctx, namespaceOf(h.about), e.name, types.MergePatchType, patch, ""); err != nil {
		return false
	}
	e.count++
	e.last = h.at
	return true
}

func (w *writer) create(ctx context.Context, h happening) (string, error) {
	at := metav1.NewTime(h.at)
	w.last = max(w.last+1, h.at.UnixNano())
	name := fmt.Sprintf("%s.%x", h.about.Name, w.last)
	_, err := w.events.Create(ctx, &corev1.Event{
		ObjectMeta:          metav1.ObjectMeta{Name: name, Namespace: namespaceOf(h.about)},
		InvolvedObject:      h.about,
		Reason:              h.reason,
		Message:             h.message,
		Type:                h.kind,
		FirstTimestamp:      at,
		LastTimestamp:       at,
		Count:               1,
		Source:              corev1.EventSource{Component: w.component, Host: w.host},
		ReportingController: w.component,
		ReportingInstance:   w.host,
	})
	return name, err
}

// namespaceOf is where an event about the object lives: cluster-wide objects' are in default.
func namespaceOf(about corev1.ObjectReference) string {
	if about.Namespace == "" {
		return metav1.NamespaceDefault
	}
	return about.Namespace
}
