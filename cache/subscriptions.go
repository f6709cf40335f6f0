package cache

// subscriptions are a table's watches by what wakes them. The table's lock guards it.
type subscriptions struct {
	all         watchSet
	byNamespace map[string]watchSet
	byKey       map[string]watchSet
	byIndex     map[string]map[string]watchSet
}

type watchSet map[*Watch]struct{}

func (s *subscriptions) add(w *Watch) {
	switch {
	case w.scope.Key != "":
		s.byKey = addTo(s.byKey, w.scope.Key, w)
	case w.scope.Index != "":
		if s.byIndex == nil {
			s.byIndex = map[string]map[string]watchSet{}
		}
		s.byIndex[w.scope.Index] = addTo(s.byIndex[w.scope.Index], w.scope.Value, w)
	case w.scope.Namespace != "":
		s.byNamespace = addTo(s.byNamespace, w.scope.Namespace, w)
	default:
		if s.all == nil {
			s.all = watchSet{}
		}
		s.all[w] = struct{}{}
	}
}

func (s *subscriptions) remove(w *Watch) {
	delete(s.all, w)
	removeFrom(s.byKey, w.scope.Key, w)
	removeFrom(s.byNamespace, w.scope.Namespace, w)
	removeFrom(s.byIndex[w.scope.Index], w.scope.Value, w)
	if len(s.byIndex[w.scope.Index]) == 0 {
		delete(s.byIndex, w.scope.Index)
	}
}

func addTo(m map[string]watchSet, key string, w *Watch) map[string]watchSet {
	if m == nil {
		m = map[string]watchSet{}
	}
	if m[key] == nil {
		m[key] = watchSet{}
	}
	m[key][w] = struct{}{}
	return m
}

func removeFrom(m map[string]watchSet, key string, w *Watch) {
	if set, ok := m[key]; ok {
		if delete(set, w); len(set) == 0 {
			delete(m, key)
		}
	}
}

// send gives the change to every watch whose scope it touches, once each.
func (s *subscriptions) send(t *Table, c *Change) {
	s.push(s.all, c)
	if len(s.byKey) > 0 {
		s.push(s.byKey[c.Entry.Key], c)
	}
	if len(s.byNamespace) > 0 {
		s.push(s.byNamespace[c.Entry.Namespace()], c)
	}
	for index, byValue := range s.byIndex {
		now := t.config.Indexes[index](c.Entry.Object)
		for _, v := range now {
			s.pushIn(byValue[v], c)
		}
		if c.Prev == nil {
			continue
		}
		for _, v := range t.config.Indexes[index](c.Prev.Object) {
			if !contains(now, v) {
				s.pushIn(byValue[v], c)
			}
		}
	}
}

func (s *subscriptions) push(set watchSet, c *Change) {
	for w := range set {
		if w.push(c) {
			s.remove(w)
		}
	}
}

// pushIn is push for watches that may be limited to a namespace besides.
func (s *subscriptions) pushIn(set watchSet, c *Change) {
	for w := range set {
		if ns := w.scope.Namespace; ns != "" && ns != c.Entry.Namespace() {
			continue
		}
		if w.push(c) {
			s.remove(w)
		}
	}
}

// end closes and forgets the watches that match.
func (s *subscriptions) end(err error, match func(*Watch) bool) {
	var ended []*Watch
	visit := func(set watchSet) {
		for w := range set {
			if match(w) {
				ended = append(ended, w)
			}
		}
	}
	visit(s.all)
	for _, set := range s.byKey {
		visit(set)
	}
	for _, set := range s.byNamespace {
		visit(set)
	}
	for _, byValue := range s.byIndex {
		for _, set := range byValue {
			visit(set)
		}
	}
	for _, w := range ended {
		s.remove(w)
		w.end(err)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
