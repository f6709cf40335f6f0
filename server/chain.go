package server

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/base/identity"
)

// chain puts the filters around the routes; the first listed sees a request first.
func (s *Server) chain() http.Handler {
	var h http.Handler = http.HandlerFunc(s.route)
	for _, filter := range []func(http.Handler) http.Handler{
		// innermost
		s.authorize,
		s.prioritize,
		s.impersonate,
		s.authenticate,
		s.deadline, // what a request waits for its turn is part of its time
		s.tellApart,
		s.recoverPanic,
		// outermost
	} {
		h = filter(h)
	}
	return h
}

type requestKey struct{}

func requestOf(r *http.Request) *request { return r.Context().Value(requestKey{}).(*request) }

// tellApart parses the request once, and counts it.
func (s *Server) tellApart(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := parse(r)
		began := time.Now()
		recorder := &statusRecorder{ResponseWriter: w}
		next.ServeHTTP(recorder, r.WithContext(context.WithValue(r.Context(), requestKey{}, &q)))
		s.Metrics.observe(&q, recorder.code(), time.Since(began))
	})
}

// statusRecorder remembers the answer's code. It hides nothing that the writer can: see Unwrap.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (w *statusRecorder) WriteHeader(code int) {
	if w.status == 0 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusRecorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

func (w *statusRecorder) Flush() {
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recoverPanic keeps one broken request from taking the cluster down.
func (s *Server) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause)
			default:
				s.Log.Error("a request made the server panic", "method", r.Method, "path", r.URL.Path, "cause", cause, "stack", string(debug.Stack()))
				writeError(w, r, apierrors.NewInternalError(fmt.Errorf("this request caused the server to panic: see its log")))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) authenticate(next http.Handler) http.Handler {
	if s.Authenticate == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, ok, err := s.Authenticate(r)
		if err != nil || !ok {
			writeError(w, r, apierrors.NewUnauthorized("Unauthorized"))
			return
		}
		next.ServeHTTP(w, r.WithContext(identity.NewContext(r.Context(), user)))
	})
}

// impersonate takes the request for one of somebody else where its headers say so.
func (s *Server) impersonate(next http.Handler) http.Handler {
	if s.Impersonate == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user := identity.FromContext(r.Context())
		as, err := s.Impersonate(r, user, requestOf(r).attributes(r))
		if err != nil {
			writeError(w, r, err)
			return
		}
		if as != user {
			r = r.WithContext(identity.NewContext(r.Context(), as))
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) authorize(next http.Handler) http.Handler {
	if s.Authorize == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.Authorize(r.Context(), identity.FromContext(r.Context()), requestOf(r).attributes(r)); err != nil {
			writeError(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// deadline bounds everything but streams.
func (s *Server) deadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requestOf(r).longRunning() {
			next.ServeHTTP(w, r)
			return
		}
		timeout := s.RequestTimeout
		if r.URL.RawQuery != "" {
			if asked := r.URL.Query().Get("timeout"); asked != "" {
				d, err := time.ParseDuration(asked)
				if err != nil {
					writeError(w, r, apierrors.NewBadRequest(fmt.Sprintf("invalid timeout specified in the request URL - %v", err)))
					return
				}
				if d > 0 && d < timeout {
					timeout = d
				}
			}
		}
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
