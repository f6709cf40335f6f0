package server

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/base/identity"
	"argosy.dev/server/fairness"
)

const (
	// objectsPerSeat and mostSeats: a list is as much work as its objects, up to a bound.
	objectsPerSeat = 100
	mostSeats      = 10

	schemaHeader = "X-Kubernetes-Pf-Flowschema-Uid"
	levelHeader  = "X-Kubernetes-Pf-Prioritylevel-Uid"
)

// prioritize lets each request wait for its turn, or turns it away.
func (s *Server) prioritize(next http.Handler) http.Handler {
	if s.Fairness == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := requestOf(r)
		if q.longRunning() && q.verb != "watch" {
			next.ServeHTTP(w, r)
			return
		}
		f := flowOf(q, identity.FromContext(r.Context()), r.URL.Path)
		ticket, why := s.Fairness.Enter(r.Context(), &f, s.seats(q, r))
		if id := ticket.Identity; id != nil {
			h := w.Header()
			h[schemaHeader], h[levelHeader] = id.SchemaUID, id.LevelUID
		}
		if why != "" {
			writeError(w, r, apierrors.NewTooManyRequests("Too many requests, please try again later.", 1))
			return
		}
		if q.verb != "watch" {
			defer ticket.Done()
			next.ServeHTTP(w, r)
			return
		}
		// A watch counts until it has told what there is: from then on it costs only what happens.
		q.begun = sync.OnceFunc(ticket.Done)
		defer q.begun()
		next.ServeHTTP(w, r)
	})
}

func flowOf(q *request, user *identity.User, path string) fairness.Request {
	f := fairness.Request{Verb: q.verb}
	if user != nil {
		f.User, f.Groups = user.Name, user.Groups
	}
	if q.isResource {
		f.Group, f.Resource, f.Subresource, f.Namespace = q.group, q.resource, q.subresource, q.namespace
	} else {
		f.Path = path
	}
	return f
}

// seats is how much work a request is.
func (s *Server) seats(q *request, r *http.Request) int {
	if q.verb != "list" && (q.verb != "watch" || !strings.Contains(r.URL.RawQuery, "sendInitialEvents")) || !q.isResource || q.subresource != "" {
		return 1
	}
	res, ok := s.Pipeline.Lookup(schema.GroupVersionResource{Group: q.group, Version: q.version, Resource: q.resource})
	if !ok || res.Table == nil {
		return 1
	}
	objects := res.Table.Len()
	if objects <= objectsPerSeat {
		return 1
	}
	if strings.Contains(r.URL.RawQuery, "limit=") {
		if limit, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && limit > 0 {
			objects = min(objects, limit)
		}
	}
	return min((objects+objectsPerSeat-1)/objectsPerSeat, mostSeats)
}
