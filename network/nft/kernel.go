package nft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/userdata"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"argosy.dev/network/netns"
)

// ErrUnsupported is wrapped by Open on a kernel without nf_tables.
var ErrUnsupported = errors.New("this kernel has no nf_tables")

// elementsPerMessage keeps a list of elements below the 64 kB that a netlink attribute can hold.
const elementsPerMessage = 500

// socketBuffer is enough for the largest transaction; the kernel refuses one that does not fit ("message too long").
const socketBuffer = 8 << 20

// netlinkKernel is the Kernel of one network namespace.
type netlinkKernel struct {
	ns *netns.Handle
	// lasting is the socket of the frequent calls; nil after a failure, for unread replies may be left in it.
	lasting *nftables.Conn
	// asking is the socket of what the library cannot ask.
	asking *netlink.Conn
	setID  uint32
}

// Open returns the packet filter of the namespace.
func Open(ns *netns.Handle) (Kernel, error) {
	k := &netlinkKernel{ns: ns}
	if _, err := k.Generation(); err != nil {
		if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
			err = ErrUnsupported
		}
		_ = k.Close()
		return nil, fmt.Errorf("opening the packet filter: %w", err)
	}
	return k, nil
}

func (k *netlinkKernel) dial(options ...nftables.ConnOption) (*nftables.Conn, error) {
	return nftables.New(append(options, nftables.WithNetNSFd(k.ns.Fd()), nftables.WithSockOptions(func(c *netlink.Conn) error {
		return errors.Join(c.SetWriteBuffer(socketBuffer), c.SetReadBuffer(socketBuffer))
	}))...)
}

// with calls fn with the lasting socket, and gives that up if fn fails.
func (k *netlinkKernel) with(fn func(c *nftables.Conn) error) error {
	if k.lasting == nil {
		c, err := k.dial(nftables.AsLasting())
		if err != nil {
			return err
		}
		k.lasting = c
	}
	err := fn(k.lasting)
	if err != nil {
		_ = k.lasting.CloseLasting()
		k.lasting = nil
	}
	return err
}

func (k *netlinkKernel) Close() error {
	var errs []error
	if k.lasting != nil {
		errs = append(errs, k.lasting.CloseLasting())
	}
	if k.asking != nil {
		errs = append(errs, k.asking.Close())
	}
	k.lasting, k.asking = nil, nil
	return errors.Join(errs...)
}

func (k *netlinkKernel) Generation() (uint32, error) {
	if k.asking == nil {
		c, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{NetNS: k.ns.Fd()})
		if err != nil {
			return 0, err
		}
		k.asking = c
	}
	replies, err := k.asking.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETGEN, Flags: netlink.Request},
		Data:   make([]byte, 4), // the netfilter header: any family, version 0
	})
	if err != nil {
		return 0, err
	}
	for _, m := range replies {
		if len(m.Data) < 4 {
			continue
		}
		attributes, err := netlink.UnmarshalAttributes(m.Data[4:])
		if err != nil {
			return 0, err
		}
		for _, a := range attributes {
			if a.Type == unix.NFTA_GEN_ID && len(a.Data) == 4 {
				return binary.BigEndian.Uint32(a.Data), nil
			}
		}
	}
	return 0, errors.New("the kernel's answer names no generation")
}

func (k *netlinkKernel) Commit(name string, changes []Change) error {
	if slices.ContainsFunc(changes, func(c Change) bool { return c.Op != AddElements && c.Op != DeleteElements }) {
		c, err := k.dial() // added rules are echoed, which a lasting socket would keep unread
		if err != nil {
			return err
		}
		return k.commit(c, name, changes)
	}
	return k.with(func(c *nftables.Conn) error { return k.commit(c, name, changes) })
}

func (k *netlinkKernel) commit(c *nftables.Conn, name string, changes []Change) error {
	table := &nftables.Table{Name: name, Family: nftables.TableFamilyINet}
	for _, change := range changes {
		set := k.set(table, change.Set)
		chain := chainOf(table, change.Chain)
		switch change.Op {
		case AddTable:
			c.AddTable(table)
		case DeleteTable:
			c.DelTable(table)
		case AddSet:
			if err := c.AddSet(set, nil); err != nil {
				return err
			}
		case DeleteSet:
			c.DelSet(set)
		case AddChain:
			c.AddChain(chain)
		case SetRules:
			c.FlushChain(chain)
			for _, r := range change.Chain.Rules {
				c.AddRule(&nftables.Rule{
					Table: table, Chain: chain, Exprs: r.expr,
					UserData: userdata.AppendString(nil, userdata.TypeComment, r.mark),
				})
			}
		case DeleteChain:
			c.FlushChain(chain)
			c.DelChain(chain)
		case AddElements, DeleteElements:
			for part := range slices.Chunk(change.Elements, elementsPerMessage) {
				elements := make([]nftables.SetElement, len(part))
				for i, e := range part {
					elements[i] = nftables.SetElement{Key: []byte(e.Key), Val: []byte(e.Value)}
				}
				step := c.SetAddElements
				if change.Op == DeleteElements {
					step = c.SetDeleteElements
				}
				if err := step(set, elements); err != nil {
					return err
				}
			}
		}
	}
	return c.Flush()
}

// set makes the library's form of a set. Its number only ties messages of one transaction together.
func (k *netlinkKernel) set(table *nftables.Table, s Set) *nftables.Set {
	if s.Name == "" {
		return nil
	}
	k.setID++
	out := &nftables.Set{
		Table: table, Name: s.Name, ID: k.setID,
		KeyType: concatenation(s.Key), Concatenation: len(s.Key) > 1, IsMap: len(s.Value) > 0,
	}
	if out.IsMap {
		out.DataType = concatenation(s.Value)
	}
	return out
}

func concatenation(types []Type) nftables.SetDatatype {
	if len(types) == 1 {
		return types[0].kernel
	}
	fields := make([]nftables.SetDatatype, len(types))
	for i, t := range types {
		fields[i] = t.kernel
	}
	return nftables.MustConcatSetType(fields...)
}

func chainOf(table *nftables.Table, c Chain) *nftables.Chain {
	out := &nftables.Chain{Table: table, Name: c.Name}
	if c.Hook != nil {
		out.Type = nftables.ChainType(c.Hook.Type)
		out.Hooknum = nftables.ChainHookRef(nftables.ChainHook(c.Hook.Point))
		out.Priority = nftables.ChainPriorityRef(nftables.ChainPriority(c.Hook.Priority))
	}
	return out
}

func (k *netlinkKernel) Read(name string) (found *Table, err error) {
	err = k.with(func(c *nftables.Conn) error {
		found, err = read(c, name)
		return err
	})
	return found, err
}

func read(c *nftables.Conn, name string) (*Table, error) {
	tables, err := c.ListTablesOfFamily(nftables.TableFamilyINet)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(tables, func(t *nftables.Table) bool { return t.Name == name })
	if i < 0 {
		return nil, nil
	}
	out, table := &Table{Name: name}, tables[i]
	sets, err := c.GetSets(table)
	if err != nil {
		return nil, err
	}
	for _, s := range sets {
		if s.Anonymous {
			continue
		}
		elements, err := c.GetSetElements(s)
		if err != nil {
			return nil, err
		}
		set := Set{Name: s.Name, Key: typesOf(s.KeyType), Elements: make(map[Datum]Datum, len(elements))}
		if s.IsMap {
			set.Value = typesOf(s.DataType)
		}
		for _, e := range elements {
			set.Elements[Datum(e.Key)] = Datum(e.Val)
		}
		out.Sets = append(out.Sets, set)
	}
	chains, err := c.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return nil, err
	}
	for _, ch := range chains {
		if ch.Table.Name != name {
			continue
		}
		chain := Chain{Name: ch.Name}
		if ch.Hooknum != nil && ch.Priority != nil {
			chain.Hook = &Hook{Type: string(ch.Type), Point: Point(*ch.Hooknum), Priority: int(*ch.Priority)}
		}
		rules, err := c.GetRules(table, ch)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			mark, _ := userdata.GetString(r.UserData, userdata.TypeComment)
			chain.Rules = append(chain.Rules, Rule{mark: mark})
		}
		out.Chains = append(out.Chains, chain)
	}
	return out, nil
}

// typesOf finds the fields of a type by the kernel's numbers; a field that is unknown here makes the shape differ from all.
func typesOf(d nftables.SetDatatype) []Type {
	fields := nftables.ConcatSetTypeElements(d)
	if len(fields) == 0 {
		fields = []nftables.SetDatatype{d}
	}
	out := make([]Type, len(fields))
	for i, f := range fields {
		j := slices.IndexFunc(knownTypes, func(t Type) bool { return t.kernel.GetNFTMagic() == f.GetNFTMagic() })
		if j < 0 {
			out[i] = Type{name: "unknown"}
			continue
		}
		out[i] = knownTypes[j]
	}
	return out
}
