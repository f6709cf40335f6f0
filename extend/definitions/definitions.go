package definitions

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"argosy.dev/client"
	"argosy.dev/extend/customresource"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// Pipeline answers for kinds.
type Pipeline interface {
	Add(ctx context.Context, k *kinds.Kind) (*resource.Resource, error)
	Remove(r *resource.Resource)
	Resources() ([]*resource.Resource, int64)
}

// Rules are told how the fields of kinds are merged.
type Rules interface {
	Set(gvk schema.GroupVersionKind, s *spec.Schema)
	Remove(gvk schema.GroupVersionKind)
}

// Definitions serves all definitions of a cluster.
type Definitions struct {
	cluster     client.Cluster
	definitions client.Resource[*apiextensionsv1.CustomResourceDefinition]
	pipeline    Pipeline
	rules       Rules
	log         *slog.Logger

	mu     sync.Mutex // guards served, and is held while one definition is worked on
	served map[string]*service
}

// service is a definition that is served, and how it was when that began. Its resource is nil where no version is served.
type service struct {
	definition *apiextensionsv1.CustomResourceDefinition
	resource   *resource.Resource
	versions   []*customresource.Version
}

// New serves nothing yet.
func New(c client.Cluster, p Pipeline, r Rules, log *slog.Logger) *Definitions {
	gvr := apiextensionsv1.SchemeGroupVersion.WithResource("customresourcedefinitions")
	return &Definitions{cluster: c, definitions: client.For[*apiextensionsv1.CustomResourceDefinition](c, gvr), pipeline: p, rules: r, log: log, served: map[string]*service{}}
}

// Start serves the definitions that the store holds, so that their resources answer from the first request on. One that cannot be
// served keeps no other from it.
func (d *Definitions) Start(ctx context.Context) error {
	for _, def := range d.definitions.List("") {
		if _, err := d.reconcile(ctx, def.Name); err != nil {
			d.log.Warn("a custom resource is not served yet", "definition", def.Name, "error", err)
		}
	}
	return ctx.Err()
}

// Run follows the definitions until ctx ends.
func (d *Definitions) Run(ctx context.Context) error {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](5*time.Millisecond, time.Minute))
	defer queue.ShutDown()
	var working sync.WaitGroup
	working.Go(func() {
		for d.next(ctx, queue) {
		}
	})
	err := d.definitions.Follow(ctx, func(old, now *apiextensionsv1.CustomResourceDefinition) {
		if now == nil {
			now = old
		}
		queue.Add(now.Name)
	})
	queue.ShutDown()
	working.Wait()
	return err
}

func (d *Definitions) next(ctx context.Context, queue workqueue.TypedRateLimitingInterface[string]) bool {
	name, over := queue.Get()
	if over {
		return false
	}
	defer queue.Done(name)
	again, err := d.reconcile(ctx, name)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		if !expected(err) {
			d.log.Warn("a custom resource is not served as defined; it is tried again", "definition", name, "error", err)
		}
		queue.AddRateLimited(name)
	case again > 0:
		queue.AddAfter(name, again)
	default:
		queue.Forget(name)
	}
	return true
}

// reconcile brings one definition one step further.
func (d *Definitions) reconcile(ctx context.Context, name string) (again time.Duration, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	def, ok := d.definitions.Get("", name)
	if !ok {
		d.stop(name)
		return 0, nil
	}
	if had := d.served[name]; had != nil && had.definition.UID != def.UID {
		d.stop(name) // another one, of the same name
	}
	if def.DeletionTimestamp != nil {
		return d.finish(ctx, def)
	}
	conflict := d.conflict(def)
	var fault error
	if conflict == nil || established(def) {
		fault = d.serve(ctx, def)
	}
	next := judged(def, conflict, fault)
	if equality.Semantic.DeepEqual(next.Status, def.Status) {
		return 0, fault
	}
	if _, err := d.definitions.UpdateStatus(ctx, next); err != nil {
		return 0, fmt.Errorf("writing the status of the definition %s: %w", name, err)
	}
	return 0, fault
}

// serve begins to answer as a definition says, where that has changed.
func (d *Definitions) serve(ctx context.Context, def *apiextensionsv1.CustomResourceDefinition) error {
	if had := d.served[def.Name]; had != nil {
		if equality.Semantic.DeepEqual(had.definition.Spec, def.Spec) {
			return nil
		}
		d.stop(def.Name)
	}
	made, err := customresource.Make(def)
	if err != nil {
		return err
	}
	s := &service{definition: def, versions: made.Versions}
	for _, v := range made.Versions {
		d.rules.Set(v.GVK, v.Schema.ToKubeOpenAPI())
	}
	if made.Kind != nil {
		if s.resource, err = d.pipeline.Add(ctx, made.Kind); err != nil {
			return fmt.Errorf("serving the resources of the definition %s: %w", def.Name, err)
		}
	}
	d.served[def.Name] = s
	return nil
}

// stop answers no more.
func (d *Definitions) stop(name string) {
	s := d.served[name]
	if s == nil {
		return
	}
	delete(d.served, name)
	if s.resource != nil {
		d.pipeline.Remove(s.resource)
	}
	for _, v := range s.versions {
		d.rules.Remove(v.GVK)
	}
}
