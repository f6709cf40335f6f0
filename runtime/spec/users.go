package spec

import (
	"fmt"
	"strconv"

	"google.golang.org/protobuf/proto"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor/wire"
)

// Users is a pod's user namespace.
type Users struct {
	// Namespace is the path at which it is pinned.
	Namespace string
	// UIDs and GIDs are its ids, and what they are on the host.
	UIDs, GIDs []*runtimeapi.IDMapping
}

// Outside is what an id inside is on the host; false for one that the namespace does not have.
func Outside(mappings []*runtimeapi.IDMapping, id uint32) (uint32, bool) {
	for _, m := range mappings {
		if id >= m.GetContainerId() && uint64(id) < uint64(m.GetContainerId())+uint64(m.GetLength()) {
			return m.GetHostId() + (id - m.GetContainerId()), true
		}
	}
	return 0, false
}

// inhabit makes the process and what is mounted for it the user namespace's.
func (u *Users) inhabit(i *wire.Init) error {
	i.UserNamespace = u.Namespace
	ids := append([]uint32{i.GID}, i.Groups...)
	for _, id := range ids {
		if _, ok := Outside(u.GIDs, id); !ok {
			return fmt.Errorf("group %d is none of the pod's user namespace", id)
		}
	}
	var ok bool
	if i.StreamUID, ok = Outside(u.UIDs, i.UID); !ok {
		return fmt.Errorf("user %d is none of the pod's user namespace", i.UID)
	}
	uid, okUser := Outside(u.UIDs, 0)
	gid, okGroup := Outside(u.GIDs, 0)
	if !okUser || !okGroup {
		return fmt.Errorf("the pod's user namespace has no root")
	}
	for n := range i.Nodes {
		i.Nodes[n].UID, i.Nodes[n].GID = uid, gid
	}
	for n := range i.Mounts {
		m := &i.Mounts[n]
		switch {
		case m.Kind == wire.MountNew && m.Type == "tmpfs":
			m.Options = append(m.Options, "uid="+strconv.FormatUint(uint64(uid), 10), "gid="+strconv.FormatUint(uint64(gid), 10))
		case m.Kind == wire.MountNew && m.Type == "devpts":
			for o, option := range m.Options {
				if tty, ok := Outside(u.GIDs, ttyGroup); ok && option == "gid="+strconv.Itoa(ttyGroup) {
					m.Options[o] = "gid=" + strconv.FormatUint(uint64(tty), 10)
				}
			}
		}
	}
	return nil
}

// ttyGroup owns terminals.
const ttyGroup = 5

// mapped tells whether a mount's owners are to be mapped, which works only as the pod's user namespace has it.
func (u *Users) mapped(m *runtimeapi.Mount) (bool, error) {
	if len(m.GetUidMappings()) == 0 && len(m.GetGidMappings()) == 0 {
		return false, nil
	}
	if u == nil || !equal(m.GetUidMappings(), u.UIDs) || !equal(m.GetGidMappings(), u.GIDs) {
		return false, fmt.Errorf("the mount at %s maps users in another way than the pod's user namespace", m.GetContainerPath())
	}
	return true, nil
}

func equal(a, b []*runtimeapi.IDMapping) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !proto.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
