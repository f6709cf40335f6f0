package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sort"
	"strings"
	"sync"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	apidiscoveryv2beta1 "k8s.io/api/apidiscovery/v2beta1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// groups are what the server has, in the order in which discovery shows them.
type groups struct {
	names    []string
	versions map[string][]string // group -> versions, the preferred first
	members  map[schema.GroupVersion][]*resource.Resource
}

// groups sorts the served resources: groups by preference, versions by maturity, newest first.
func (s *Server) groups() (*groups, int64) {
	list, generation := s.Pipeline.Resources()
	g := &groups{versions: map[string][]string{}, members: map[schema.GroupVersion][]*resource.Resource{}}
	for _, r := range list {
		for _, v := range r.Versions() {
			gv := schema.GroupVersion{Group: r.Kind.GVK.Group, Version: v}
			if g.members[gv] == nil {
				if g.versions[gv.Group] == nil {
					g.names = append(g.names, gv.Group)
				}
				g.versions[gv.Group] = append(g.versions[gv.Group], v)
			}
			g.members[gv] = append(g.members[gv], r)
		}
	}
	sort.Slice(g.names, func(i, j int) bool { return kinds.GroupLess(g.names[i], g.names[j]) })
	for _, versions := range g.versions {
		sort.SliceStable(versions, func(i, j int) bool { return kinds.VersionLess(versions[j], versions[i]) })
	}
	return g, generation
}

// discovery serves /api, /apis and what is below them.
func (s *Server) discovery(w http.ResponseWriter, r *http.Request, path string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		writeError(w, r, methodNotAllowed())
		return
	}
	g, generation := s.groups()
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case path == "/api":
		if !s.aggregated(w, r, g, generation, true) {
			s.plainDiscovery(w, r, &metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: g.versions[""],
				ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: r.Host}}})
		}
	case path == "/apis":
		if !s.aggregated(w, r, g, generation, false) {
			s.plainDiscovery(w, r, groupList(g))
		}
	case parts[0] == "api" && len(parts) == 2:
		s.resourceList(w, r, g, schema.GroupVersion{Version: parts[1]})
	case parts[0] == "apis" && len(parts) == 2 && parts[1] != "" && g.versions[parts[1]] != nil:
		group := apiGroup(g, parts[1])
		group.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
		s.plainDiscovery(w, r, &group)
	case parts[0] == "apis" && len(parts) == 3 && parts[1] != "":
		s.resourceList(w, r, g, schema.GroupVersion{Group: parts[1], Version: parts[2]})
	default:
		notFound(w, r)
	}
}

func (s *Server) plainDiscovery(w http.ResponseWriter, r *http.Request, v any) {
	out, err := negotiate(r, offer{})
	if err != nil {
		writeError(w, r, err)
		return
	}
	if m, ok := v.(interface{ Marshal() ([]byte, error) }); ok && out.protobuf() {
		if raw, err := m.Marshal(); err == nil {
			gvk := schema.GroupVersionKind{Version: "v1", Kind: discoveryKind(v)}
			_ = writeBytes(w, r, http.StatusOK, resource.MediaProtobuf, resource.Envelope(gvk, raw))
			return
		}
	}
	raw, err := json.Marshal(v)
	if err == nil {
		err = writeRawJSON(w, r, http.StatusOK, out.asJSON(), raw, schema.GroupVersionKind{})
	}
	if err != nil {
		writeError(w, r, apierrors.NewInternalError(err))
	}
}

func discoveryKind(v any) string {
	switch v.(type) {
	case *metav1.APIVersions:
		return "APIVersions"
	case *metav1.APIGroupList:
		return "APIGroupList"
	case *metav1.APIGroup:
		return "APIGroup"
	}
	return "APIResourceList"
}

// asJSON falls back to JSON from protobuf.
func (o output) asJSON() output {
	if o.protobuf() {
		o.media = resource.MediaJSON
	}
	return o
}

func groupList(g *groups) *metav1.APIGroupList {
	list := &metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
	for _, name := range g.names {
		if name != "" {
			list.Groups = append(list.Groups, apiGroup(g, name))
		}
	}
	return list
}

func apiGroup(g *groups, name string) metav1.APIGroup {
	group := metav1.APIGroup{Name: name}
	for _, v := range g.versions[name] {
		group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + v, Version: v})
	}
	group.PreferredVersion = group.Versions[0]
	return group
}

func (s *Server) resourceList(w http.ResponseWriter, r *http.Request, g *groups, gv schema.GroupVersion) {
	members := g.members[gv]
	switch {
	case members == nil && g.versions[gv.Group] == nil:
		notFound(w, r)
		return
	case members == nil:
		writeError(w, r, unknownResource())
		return
	}
	list := &metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList"}, GroupVersion: gv.String()}
	if gv.Group != "" {
		list.APIVersion = "v1"
	}
	for _, m := range members {
		k := m.Kind
		list.APIResources = append(list.APIResources, metav1.APIResource{
			Name: k.Resource, SingularName: k.Singular, Namespaced: k.Namespaced, Kind: k.GVK.Kind, Verbs: verbsOf(k),
			ShortNames: k.ShortNames, Categories: k.Categories, StorageVersionHash: storageHash(m),
		})
		for _, sub := range k.Subresources {
			entry := metav1.APIResource{Name: k.Resource + "/" + sub.Name, Namespaced: k.Namespaced, Kind: k.GVK.Kind, Verbs: sub.Verbs}
			if !sub.GVK.Empty() {
				entry.Kind = sub.GVK.Kind
				if sub.GVK.GroupVersion() != gv {
					entry.Group, entry.Version = sub.GVK.Group, sub.GVK.Version
				}
			}
			list.APIResources = append(list.APIResources, entry)
		}
	}
	sort.Slice(list.APIResources, func(i, j int) bool { return list.APIResources[i].Name < list.APIResources[j].Name })
	s.plainDiscovery(w, r, list)
}

func verbsOf(k *kinds.Kind) []string {
	if k.Verbs != nil {
		return k.Verbs
	}
	return kinds.AllVerbs
}

// storageHash tells clients whether the stored version of a kind has changed, as upstream computes it.
func storageHash(r *resource.Resource) string {
	if !r.Kind.Stored() {
		return ""
	}
	sum := sha256.Sum256([]byte(r.Stored.Group + "/" + r.Stored.Version + "/" + r.Stored.Kind))
	return base64.StdEncoding.EncodeToString(sum[:8])
}

// aggregatedCache keeps the whole discovery as last made.
type aggregatedCache struct {
	mu         sync.Mutex
	generation int64
	documents  map[string]*aggregatedDocument
}

type aggregatedDocument struct {
	body []byte
	etag string
}

// aggregated answers /api and /apis with everything below them at once, where the client asks for that (KEP-3352).
func (s *Server) aggregated(w http.ResponseWriter, r *http.Request, g *groups, generation int64, core bool) bool {
	version := ""
	for _, c := range acceptClauses(r.Header.Get("Accept")) {
		if c.media != resource.MediaJSON && c.media != resource.MediaProtobuf && c.media != "*/*" {
			continue
		}
		if c.params["as"] == "" {
			break
		}
		if c.media == resource.MediaJSON && c.params["g"] == "apidiscovery.k8s.io" && c.params["as"] == "APIGroupDiscoveryList" && (c.params["v"] == "v2" || c.params["v"] == "v2beta1") {
			version = c.params["v"]
			break
		}
	}
	if version == "" {
		return false
	}
	doc, err := s.aggregatedDocument(g, generation, core, version)
	if err != nil {
		writeError(w, r, apierrors.NewInternalError(err))
		return true
	}
	h := w.Header()
	h.Set("ETag", doc.etag)
	h.Set("Vary", "Accept")
	h.Set("Cache-Control", "public")
	if r.Header.Get("If-None-Match") == doc.etag {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	_ = writeBytes(w, r, http.StatusOK, resource.MediaJSON+";g=apidiscovery.k8s.io;v="+version+";as=APIGroupDiscoveryList", doc.body)
	return true
}

func (s *Server) aggregatedDocument(g *groups, generation int64, core bool, version string) (*aggregatedDocument, error) {
	c := &s.aggregatedDocs
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation || c.documents == nil {
		c.generation, c.documents = generation, map[string]*aggregatedDocument{}
	}
	key := version
	if core {
		key += "/core"
	}
	if doc := c.documents[key]; doc != nil {
		return doc, nil
	}
	list := apidiscoveryv2.APIGroupDiscoveryList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"}}
	for _, name := range g.names {
		if (name == "") != core {
			continue
		}
		list.Items = append(list.Items, groupDiscovery(g, name))
	}
	var v any = list
	if version == "v2beta1" {
		// The two versions have the same fields; only their names differ.
		raw, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		var old apidiscoveryv2beta1.APIGroupDiscoveryList
		if err := json.Unmarshal(raw, &old); err != nil {
			return nil, err
		}
		old.APIVersion = "apidiscovery.k8s.io/v2beta1"
		v = old
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	doc := &aggregatedDocument{body: append(raw, '\n'), etag: `"` + strings.ToUpper(hex.EncodeToString(sum[:])) + `"`}
	c.documents[key] = doc
	return doc, nil
}

func groupDiscovery(g *groups, name string) apidiscoveryv2.APIGroupDiscovery {
	group := apidiscoveryv2.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, v := range g.versions[name] {
		version := apidiscoveryv2.APIVersionDiscovery{Version: v, Freshness: apidiscoveryv2.DiscoveryFreshnessCurrent}
		for _, m := range g.members[schema.GroupVersion{Group: name, Version: v}] {
			version.Resources = append(version.Resources, resourceDiscovery(m.Kind))
		}
		sort.Slice(version.Resources, func(i, j int) bool { return version.Resources[i].Resource < version.Resources[j].Resource })
		group.Versions = append(group.Versions, version)
	}
	return group
}

func resourceDiscovery(k *kinds.Kind) apidiscoveryv2.APIResourceDiscovery {
	d := apidiscoveryv2.APIResourceDiscovery{
		Resource: k.Resource, ResponseKind: &metav1.GroupVersionKind{Kind: k.GVK.Kind}, Scope: apidiscoveryv2.ScopeCluster,
		SingularResource: k.Singular, Verbs: verbsOf(k), ShortNames: k.ShortNames, Categories: k.Categories,
	}
	if k.Namespaced {
		d.Scope = apidiscoveryv2.ScopeNamespace
	}
	for _, sub := range k.Subresources {
		s := apidiscoveryv2.APISubresourceDiscovery{Subresource: sub.Name, ResponseKind: &metav1.GroupVersionKind{Kind: k.GVK.Kind}, Verbs: sub.Verbs}
		if !sub.GVK.Empty() {
			s.ResponseKind = &metav1.GroupVersionKind{Group: sub.GVK.Group, Version: sub.GVK.Version, Kind: sub.GVK.Kind}
		}
		d.Subresources = append(d.Subresources, s)
	}
	sort.Slice(d.Subresources, func(i, j int) bool { return d.Subresources[i].Subresource < d.Subresources[j].Subresource })
	return d
}
