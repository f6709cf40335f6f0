package wire

// appendUsers encodes what concerns a user namespace. Of a process without one there is nothing: supervisors that know of none
// understand such a description, and are never asked for another.
func (i *Init) appendUsers(e *encoder) {
	if i.UserNamespace == "" {
		return
	}
	e.str(i.UserNamespace)
	e.u32(i.StreamUID)
	var mapped []uint32
	for n := range i.Mounts {
		if i.Mounts[n].IDMap {
			mapped = append(mapped, uint32(n))
		}
	}
	e.u32s(mapped)
}

func (i *Init) decodeUsers(d *decoder) {
	if len(d.b) == 0 || d.bad {
		return
	}
	i.UserNamespace, i.StreamUID = d.str(), d.u32()
	for _, n := range d.u32s() {
		if int(n) >= len(i.Mounts) {
			d.bad = true
			return
		}
		i.Mounts[n].IDMap = true
	}
}
