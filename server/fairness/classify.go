package fairness

import (
	"slices"
	"strings"
)

const all = "*"

// matches tells whether the schema is for the request.
func (s *Schema) matches(q *Request) bool {
	for i := range s.Rules {
		if s.Rules[i].matches(q) {
			return true
		}
	}
	return false
}

func (r *Rule) matches(q *Request) bool { return r.from(q) && r.to(q) }

func (r *Rule) from(q *Request) bool {
	for i := range r.Subjects {
		if r.Subjects[i].is(q) {
			return true
		}
	}
	return false
}

func (s *Subject) is(q *Request) bool {
	if s.Group != "" {
		return s.Group == all || slices.Contains(q.Groups, s.Group)
	}
	if prefix, ok := strings.CutSuffix(s.User, all); ok && (prefix == "" || strings.HasSuffix(prefix, ":")) {
		return strings.HasPrefix(q.User, prefix)
	}
	return s.User == q.User
}

func (r *Rule) to(q *Request) bool {
	if q.Path != "" {
		for i := range r.Paths {
			if p := &r.Paths[i]; contains(p.Verbs, q.Verb) && p.has(q.Path) {
				return true
			}
		}
		return false
	}
	for i := range r.Resources {
		if r.Resources[i].has(q) {
			return true
		}
	}
	return false
}

// contains takes a list that begins with "*" for everything.
func contains(list []string, v string) bool {
	return len(list) > 0 && list[0] == all || slices.Contains(list, v)
}

func (t *Resources) has(q *Request) bool {
	if !contains(t.Verbs, q.Verb) || !contains(t.Groups, q.Group) || !t.named(q) {
		return false
	}
	if q.Namespace == "" {
		return t.Cluster
	}
	return contains(t.Namespaces, q.Namespace)
}

func (t *Resources) named(q *Request) bool {
	for _, name := range t.Names {
		if name == all {
			return true
		}
		resource, sub, _ := strings.Cut(name, "/")
		if resource == q.Resource && sub == q.Subresource {
			return true
		}
	}
	return false
}

func (p *Paths) has(path string) bool {
	for _, want := range p.Paths {
		if below, ok := strings.CutSuffix(want, all); ok && strings.HasPrefix(path, below) || want == path {
			return true
		}
	}
	return false
}

// flow is a number for the request's flow: of all requests of one schema, those with the same distinguisher.
func (s *Schema) flow(q *Request) uint64 {
	switch s.Distinguisher {
	case ByUser:
		return hash(s.Name, q.User)
	case ByNamespace:
		return hash(s.Name, q.Namespace)
	}
	return hash(s.Name, "")
}

// hash is FNV-1a with a last stir: the hand is dealt from all bits.
func hash(schema, distinguisher string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(schema) {
		h = (h ^ uint64(schema[i])) * 1099511628211
	}
	h *= 1099511628211 // the parts must not run together
	for i := range len(distinguisher) {
		h = (h ^ uint64(distinguisher[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	return h ^ h>>33
}
