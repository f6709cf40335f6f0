package journal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"argosy.dev/network/hostport"
)

const version = 1

// Record is one attached sandbox.
type Record struct {
	Sandbox   string          `json:"sandbox"`
	Namespace string          `json:"namespace,omitempty"`
	Name      string          `json:"name,omitempty"`
	UID       string          `json:"uid,omitempty"`
	NetNS     string          `json:"netns,omitempty"`
	Addresses []netip.Addr    `json:"addresses"`
	Ports     []hostport.Port `json:"ports,omitempty"`
}

// State is what a journal says.
type State struct {
	// Attached and Draining are keyed by sandbox and never share one.
	Attached, Draining map[string]Record
	// Released lists free addresses that were used before, oldest first, all families in one order.
	Released []netip.Addr
}

type line struct {
	Op        string       `json:"op"`
	Version   int          `json:"version,omitempty"`
	Record    *Record      `json:"record,omitempty"`
	Sandbox   string       `json:"sandbox,omitempty"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
}

func newState() State {
	return State{Attached: map[string]Record{}, Draining: map[string]Record{}}
}

// apply takes one step; it reports false for a step that makes no sense, and then changes nothing.
func (s *State) apply(l line) bool {
	switch l.Op {
	case "attach":
		if l.Record == nil || l.Record.Sandbox == "" {
			return false
		}
		delete(s.Draining, l.Record.Sandbox)
		s.Attached[l.Record.Sandbox] = *l.Record
		s.Released = slices.DeleteFunc(s.Released, func(a netip.Addr) bool { return slices.Contains(l.Record.Addresses, a) })
	case "detach":
		r, ok := s.Attached[l.Sandbox]
		if !ok {
			return false
		}
		delete(s.Attached, l.Sandbox)
		s.Draining[l.Sandbox] = r
	case "free":
		r, ok := s.Draining[l.Sandbox]
		if !ok {
			return false
		}
		delete(s.Draining, l.Sandbox)
		s.release(r.Addresses)
	case "released":
		s.release(l.Addresses)
	default:
		return false
	}
	return true
}

func (s *State) release(addresses []netip.Addr) {
	for _, a := range addresses {
		if a.IsValid() && !slices.Contains(s.Released, a) && !inUse(s.Attached, a) && !inUse(s.Draining, a) {
			s.Released = append(s.Released, a)
		}
	}
}

func inUse(records map[string]Record, a netip.Addr) bool {
	for _, r := range records {
		if slices.Contains(r.Addresses, a) {
			return true
		}
	}
	return false
}

// lines writes the state as the shortest log that leads to it, in a stable order.
func (s *State) lines() []line {
	out := []line{{Op: "journal", Version: version}}
	if len(s.Released) > 0 {
		out = append(out, line{Op: "released", Addresses: s.Released})
	}
	for _, id := range sortedKeys(s.Draining) {
		r := s.Draining[id]
		out = append(out, line{Op: "attach", Record: &r}, line{Op: "detach", Sandbox: id})
	}
	for _, id := range sortedKeys(s.Attached) {
		r := s.Attached[id]
		out = append(out, line{Op: "attach", Record: &r})
	}
	return out
}

func sortedKeys(m map[string]Record) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// replay reads a log. Unreadable lines are counted, not fatal; only a log of a later version is refused.
func replay(r io.Reader) (s State, unreadable int, err error) {
	s = newState()
	in := bufio.NewReader(r)
	for {
		raw, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return s, unreadable, err
		}
		if len(raw) > 0 {
			var l line
			switch jsonErr := json.Unmarshal(raw, &l); {
			case jsonErr != nil:
				unreadable++
			case l.Op == "journal":
				if l.Version > version {
					return s, unreadable, fmt.Errorf("written by a later release (version %d, this one reads up to %d)", l.Version, version)
				}
			case !s.apply(l):
				unreadable++
			}
		}
		if err == io.EOF {
			return s, unreadable, nil
		}
	}
}
