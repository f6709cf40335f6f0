package server

import (
	"net/http"
	"sort"
)

// rootPaths lists what the server answers, as kubectl get --raw / shows it.
func (s *Server) rootPaths(w http.ResponseWriter, r *http.Request) {
	g, _ := s.groups()
	paths := []string{"/api", "/apis", "/healthz", "/livez", "/metrics", "/readyz", "/version"}
	for _, name := range g.names {
		prefix := "/api"
		if name != "" {
			prefix = "/apis/" + name
			paths = append(paths, prefix)
		}
		for _, v := range g.versions[name] {
			paths = append(paths, prefix+"/"+v)
		}
	}
	for _, c := range s.healthChecks("readyz") {
		paths = append(paths, "/readyz/"+c.Name)
	}
	for _, c := range s.healthChecks("livez") {
		paths = append(paths, "/livez/"+c.Name)
	}
	if s.OpenAPI != nil {
		paths = append(paths, "/openapi/v2", "/openapi/v3")
	}
	for p := range s.Public {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	writeRaw(w, r, http.StatusOK, struct {
		Paths []string `json:"paths"`
	}{paths})
}
