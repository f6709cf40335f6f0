package spec

import (
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/supervisor/wire"
)

func TestOutside(t *testing.T) {
	ids := []*runtimeapi.IDMapping{{HostId: 100000, ContainerId: 0, Length: 10}, {HostId: 500, ContainerId: 20, Length: 1}}
	for id, want := range map[uint32]uint32{0: 100000, 9: 100009, 20: 500} {
		if got, ok := Outside(ids, id); !ok || got != want {
			t.Errorf("%d is %d, %v", id, got, ok)
		}
	}
	for _, id := range []uint32{10, 19, 21, 1<<32 - 1} {
		if got, ok := Outside(ids, id); ok {
			t.Errorf("%d is %d", id, got)
		}
	}
}

func TestInhabit(t *testing.T) {
	ids := []*runtimeapi.IDMapping{{HostId: 100000, Length: 65536}}
	u := &Users{Namespace: "/run/user", UIDs: ids, GIDs: ids}
	i := &wire.Init{UID: 7, GID: 8, Nodes: []wire.Node{{Path: "/dev/null"}}, Mounts: []wire.Mount{
		{Kind: wire.MountNew, Type: "tmpfs", Target: "/dev", Options: []string{"mode=755"}}, {Kind: wire.MountNew, Type: "devpts", Options: []string{"gid=5"}}, {Kind: wire.MountBind},
	}}
	if err := u.inhabit(i); err != nil {
		t.Fatal(err)
	}
	if i.UserNamespace != "/run/user" || i.StreamUID != 100007 || i.Nodes[0].UID != 100000 || i.Mounts[0].Options[2] != "gid=100000" || i.Mounts[1].Options[0] != "gid=100005" || i.UID != 7 {
		t.Errorf("%+v", i)
	}
	if err := u.inhabit(&wire.Init{Groups: []uint32{70000}}); err == nil {
		t.Error("a group that the namespace does not have")
	}
	if yes, err := u.mapped(&runtimeapi.Mount{UidMappings: ids, GidMappings: ids}); !yes || err != nil {
		t.Errorf("a mapped mount: %v, %v", yes, err)
	}
	if _, err := (*Users)(nil).mapped(&runtimeapi.Mount{UidMappings: ids, GidMappings: ids}); err == nil {
		t.Error("a mapped mount without a user namespace")
	}
}
