package server

import (
	"context"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"
)

// Check is one thing that /livez or /readyz asks.
type Check struct {
	Name string
	// Ready: only /readyz and /healthz ask it, not /livez.
	Ready bool
	// Run fails with what is wrong, for the operator's eyes.
	Run func(ctx context.Context) error
}

const checkTimeout = 5 * time.Second

// serveHealth answers /healthz, /livez and /readyz: "ok" or the failed checks; all of them with ?verbose, without some by ?exclude=, and one
// alone as a path below.
func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	name, single, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	checks := s.healthChecks(name)
	if single != "" {
		checks = only(checks, single)
		if checks == nil {
			notFound(w, r)
			return
		}
	}
	query := r.URL.Query()
	excluded := map[string]bool{}
	for _, e := range query["exclude"] {
		excluded[e] = true
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	var text strings.Builder
	failed := false
	for _, c := range checks {
		if excluded[c.Name] {
			delete(excluded, c.Name)
			fmt.Fprintf(&text, "[+]%s excluded: ok\n", c.Name)
			continue
		}
		if err := c.Run(ctx); err != nil {
			failed = true
			s.Log.Warn("a health check failed", "check", c.Name, "error", err)
			fmt.Fprintf(&text, "[-]%s failed: reason withheld\n", c.Name)
			continue
		}
		fmt.Fprintf(&text, "[+]%s ok\n", c.Name)
	}
	if len(excluded) > 0 {
		fmt.Fprintf(&text, "warn: some health checks cannot be excluded: no matches for %s\n", quoted(excluded))
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache, private")
	_, verbose := query["verbose"]
	switch {
	case failed:
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "%s%s check failed\n", text.String(), name)
	case verbose:
		fmt.Fprintf(w, "%s%s check passed\n", text.String(), name)
	default:
		fmt.Fprint(w, "ok")
	}
}

func (s *Server) healthChecks(path string) []Check {
	checks := []Check{{Name: "ping", Run: func(context.Context) error { return nil }}}
	for _, c := range s.Checks {
		if path != "livez" || !c.Ready {
			checks = append(checks, c)
		}
	}
	if path == "readyz" {
		checks = append(checks, Check{Name: "shutdown", Run: func(context.Context) error {
			if s.stopping() {
				return fmt.Errorf("the server is shutting down")
			}
			return nil
		}})
	}
	return checks
}

func only(checks []Check, name string) []Check {
	for _, c := range checks {
		if c.Name == name {
			return []Check{c}
		}
	}
	return nil
}

func quoted(set map[string]bool) string {
	names := make([]string, 0, len(set))
	for n := range set {
		names = append(names, fmt.Sprintf("%q", n))
	}
	sort.Strings(names)
	return strings.Join(names, ",")
}
