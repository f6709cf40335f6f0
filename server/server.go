package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/fields"

	"argosy.dev/base/identity"
	"argosy.dev/base/version"
	"argosy.dev/resource"
	"argosy.dev/server/fairness"
)

// Options are what a server is made of. Only Pipeline is needed; a nil part answers as if it were not there.
type Options struct {
	Pipeline *resource.Pipeline
	// Authenticate finds out who asks; ok is false where the credentials are not good.
	Authenticate func(r *http.Request) (user *identity.User, ok bool, err error)
	// Impersonate tells who the request is to be taken for, by its headers: user itself, or somebody whom user may be. Its errors are API errors.
	Impersonate func(r *http.Request, user *identity.User, a Attributes) (*identity.User, error)
	// Authorize allows, or refuses with an API error.
	Authorize func(ctx context.Context, user *identity.User, a Attributes) error
	// Fairness lets requests in; nil lets all in at once.
	Fairness *fairness.Gate
	// Connectors answer subresources of Connect shape, by "resource/subresource".
	Connectors map[string]Connector
	// OpenAPI serves /openapi/.
	OpenAPI http.Handler
	// Public are further paths outside the API, such as /.well-known/, served after the same filters. A path that ends in / takes all below.
	Public map[string]http.Handler
	// Checks are what /livez and /readyz ask, in order.
	Checks  []Check
	Version version.Info
	Metrics *Metrics
	Log     *slog.Logger
	// RequestTimeout bounds everything but streams; 0 is a minute.
	RequestTimeout time.Duration
	// MaxBody bounds a request's body; 0 is 3 MiB, as upstream.
	MaxBody int64
	// WatchWriteTimeout bounds one write to a watcher that does not read; 0 is half a minute.
	WatchWriteTimeout time.Duration
}

// Attributes are what a request wants to do, for authorization.
type Attributes struct {
	Verb, Group, Version, Resource, Subresource, Namespace, Name string
	// Path is set for what is not a resource.
	Path string
	// Fields are what a field selector narrows a list, a watch or a deletion of many to. One for a single name is in Name, too.
	Fields fields.Requirements
}

// Connector answers a request that is passed on rather than served from the store. It writes the whole answer itself; an
// error that it returns before it has written anything is sent as a Status.
type Connector interface {
	Connect(w http.ResponseWriter, r *http.Request, t resource.Target, rest string) error
}

// Server is the API as an http.Handler.
type Server struct {
	Options
	handler        http.Handler
	stop           chan struct{}
	aggregatedDocs aggregatedCache
}

// New makes a server. Nothing is started; Shutdown ends its streams.
func New(o Options) *Server {
	if o.RequestTimeout == 0 {
		o.RequestTimeout = time.Minute
	}
	if o.MaxBody == 0 {
		o.MaxBody = 3 << 20
	}
	if o.WatchWriteTimeout == 0 {
		o.WatchWriteTimeout = 30 * time.Second
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Fairness != nil {
		o.Metrics.Registry.MustRegister(newFairnessMetrics(o.Fairness))
	}
	s := &Server{Options: o, stop: make(chan struct{})}
	s.handler = s.chain()
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Shutdown ends every watch stream cleanly, so that clients reconnect rather than break; /readyz fails from then on.
// It may be called once.
func (s *Server) Shutdown() { close(s.stop) }

func (s *Server) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}
