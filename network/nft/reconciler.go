package nft

import (
	"errors"
	"fmt"
	"sync"
)

// Kernel keeps tables. Its calls come one at a time.
type Kernel interface {
	// Read returns the table as it is, nil if there is none.
	Read(name string) (*Table, error)
	// Commit makes all changes to the table, or none.
	Commit(name string, changes []Change) error
	// Generation changes whenever anybody committed anything.
	Generation() (uint32, error)
	Close() error
}

// Reconciler brings one table of a kernel to what is wanted.
type Reconciler struct {
	kernel Kernel
	name   string

	mu         sync.Mutex
	have       *Table // what was put into the kernel; nil before the first Sync and after Remove
	generation uint32 // when the kernel was last seen to agree with have; 0: it must be read
}

// NewReconciler returns a reconciler of the table of this name. It does nothing before Sync.
func NewReconciler(kernel Kernel, name string) *Reconciler {
	return &Reconciler{kernel: kernel, name: name}
}

// Sync reads the table and makes what is wanted of it, whatever it was.
func (r *Reconciler) Sync(want Table) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.sync(want)
	return err
}

func (r *Reconciler) sync(want Table) (changed bool, err error) {
	now, err := r.kernel.Read(r.name)
	if err != nil {
		return false, fmt.Errorf("reading the nftables table %s: %w", r.name, err)
	}
	changes := Diff(now, want)
	if len(changes) > 0 {
		if err := r.kernel.Commit(r.name, changes); err != nil {
			return false, fmt.Errorf("writing the nftables table %s: %w", r.name, err)
		}
	}
	r.have = clone(&want) // not what was read: rules lose their expressions in the kernel
	r.generation = 0
	return len(changes) > 0, nil
}

// Update takes elements away from a set and adds others, in one transaction. Removing what is not there and adding what is
// there already is no error. It may be called only after Sync.
func (r *Reconciler) Update(set string, add, remove []Element) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.have == nil {
		return errors.New("the nftables table is not there yet")
	}
	s, ok := find(r.have.Sets, set)
	if !ok {
		return fmt.Errorf("the nftables table %s has no set %s", r.name, set)
	}
	changes := elementChanges(s, add, remove)
	if len(changes) == 0 {
		return nil
	}
	if err := r.kernel.Commit(r.name, changes); err != nil {
		// Somebody may have flushed the rules. Then what is wanted is put there afresh, with this change in it.
		now, readErr := r.kernel.Read(r.name)
		if readErr != nil || len(Diff(now, *r.have)) == 0 {
			return fmt.Errorf("changing %s of the nftables table %s: %w", set, r.name, err)
		}
		if _, err := r.sync(*r.have); err != nil {
			return err
		}
		s, _ = find(r.have.Sets, set)
		if err := r.kernel.Commit(r.name, elementChanges(s, add, remove)); err != nil {
			return fmt.Errorf("changing %s of the nftables table %s: %w", set, r.name, err)
		}
	}
	r.have = apply(r.have, r.name, changes)
	r.generation = 0
	return nil
}

func elementChanges(s Set, add, remove []Element) []Change {
	want := Set{Name: s.Name, Key: s.Key, Value: s.Value, Elements: map[Datum]Datum{}}
	have := map[Datum]Datum{} // the part of the set that this is about
	for _, e := range remove {
		if v, ok := s.Elements[e.Key]; ok {
			have[e.Key] = v
		}
	}
	for _, e := range add {
		if v, ok := s.Elements[e.Key]; ok {
			have[e.Key] = v
		}
		want.Elements[e.Key] = e.Value
	}
	return diffElements(want, have)
}

// Repair puts back what somebody else changed in the table since, and tells whether it had to. It costs one question to
// the kernel while nobody changed anything.
func (r *Reconciler) Repair() (repaired bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.have == nil {
		return false, nil
	}
	now, err := r.kernel.Generation()
	if err != nil {
		return false, fmt.Errorf("asking for the generation of the nftables rules: %w", err)
	}
	if now == r.generation && now != 0 {
		return false, nil
	}
	repaired, err = r.sync(*r.have)
	if err == nil && !repaired {
		r.generation = now
	}
	return repaired, err
}

// Remove deletes the table.
func (r *Reconciler) Remove() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := r.kernel.Read(r.name)
	if err == nil && now != nil {
		err = r.kernel.Commit(r.name, []Change{{Op: DeleteTable}})
	}
	if err != nil {
		return fmt.Errorf("deleting the nftables table %s: %w", r.name, err)
	}
	r.have = nil
	return nil
}

// Close closes the kernel; the table stays.
func (r *Reconciler) Close() error { return r.kernel.Close() }
