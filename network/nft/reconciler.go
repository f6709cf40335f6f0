package nft

import (
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

// Update is a change of the elements of one set.
type Update struct {
	Set         string
	Add, Remove []Element
}

// Update changes elements, all sets in one transaction: first it takes away, then it adds. Removing what is not there and
// adding what is there already is no error. It may be called only after Sync.
func (r *Reconciler) Update(updates ...Update) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.have == nil {
		return fmt.Errorf("changing the nftables table %s: it is not there yet", r.name)
	}
	changes, err := elementChanges(*r.have, updates)
	if err != nil || len(changes) == 0 {
		return err
	}
	if err := r.kernel.Commit(r.name, changes); err != nil {
		// Somebody may have flushed the rules. Then what is wanted is put there afresh, with this change in it.
		now, readErr := r.kernel.Read(r.name)
		if readErr != nil || len(Diff(now, *r.have)) == 0 {
			return fmt.Errorf("changing the nftables table %s: %w", r.name, err)
		}
		_, err := r.sync(*apply(clone(r.have), r.name, changes))
		return err
	}
	r.have = apply(r.have, r.name, changes)
	r.generation = 0
	return nil
}

func elementChanges(have Table, updates []Update) ([]Change, error) {
	var out []Change
	for _, u := range updates {
		s, ok := find(have.Sets, u.Set)
		if !ok {
			return nil, fmt.Errorf("the nftables table %s has no set %s", have.Name, u.Set)
		}
		want := Set{Name: s.Name, Key: s.Key, Value: s.Value, Elements: map[Datum]Datum{}}
		touched := map[Datum]Datum{}
		for _, e := range u.Remove {
			if v, ok := s.Elements[e.Key]; ok {
				touched[e.Key] = v
			}
		}
		for _, e := range u.Add {
			if v, ok := s.Elements[e.Key]; ok {
				touched[e.Key] = v
			}
			want.Elements[e.Key] = e.Value
		}
		out = append(out, diffElements(want, touched)...)
	}
	return out, nil
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
