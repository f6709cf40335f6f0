package wire

import (
	"bytes"
	"reflect"
	"testing"
)

func sampleInit() *Init {
	return &Init{
		Tasks: []string{"/t"}, Root: "/r", ReadOnlyRoot: true,
		Mounts: []Mount{
			{Kind: MountBind, Source: "/a", Target: "/b", Recursive: true, Attr: 1, AttrBelow: true, Propagation: 2, Optional: true},
			{Kind: MountNew, Type: "tmpfs", Target: "/dev", Options: []string{"mode=755", "size=65536k"}},
		},
		Nodes:  []Node{{Path: "/dev/null", Type: 0o20000, Major: 1, Minor: 3, Mode: 0o666, UID: 4, GID: 5}},
		Links:  []Link{{Path: "/dev/fd", Target: "/proc/self/fd"}},
		Masked: []string{"/proc/kcore"}, ReadOnly: []string{"/proc/sys"}, CgroupNamespace: true, Pause: true,
		Args: []string{"/bin/sh", "-c", ""}, Env: []string{"A=b"}, Cwd: "/w", Terminal: true, Rows: 24, Cols: 80,
		UID: 1, GID: 2, Groups: []uint32{3, 4}, Umask: 0o22,
		Caps:       Capabilities{Bounding: 1 << 40, Permitted: 2, Effective: 3, Inheritable: 4, Ambient: 5},
		NoNewPrivs: true, Seccomp: []byte{1, 2, 3}, SeccompFlags: 1,
		Rlimits:     []Rlimit{{Resource: 7, Soft: 1, Hard: 1<<64 - 1}},
		SetOOMScore: true, OOMScore: -998, AppArmor: "x", SELinux: "y",
	}
}

func sampleUsers() *Init {
	i := sampleInit()
	i.UserNamespace, i.StreamUID, i.Mounts[0].IDMap = "/run/user", 100001, true
	return i
}

func TestInitRoundTrip(t *testing.T) {
	for name, want := range map[string]*Init{"full": sampleInit(), "empty": {}, "with users": sampleUsers()} {
		got, err := DecodeInit(want.Append(nil))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestTruncatedInitIsRefused(t *testing.T) {
	whole := sampleInit().Append(nil)
	for n := range whole {
		if _, err := DecodeInit(whole[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for a whole message", n, len(whole))
		}
	}
	if _, err := DecodeInit(append(whole, 0)); err == nil {
		t.Fatal("a byte too many was accepted")
	}
}

func TestMessagesRoundTrip(t *testing.T) {
	spawn := Spawn{ID: "c", Exec: true, MountsOf: "m", PIDsOf: "p", NewPIDs: true, Cgroup2: "/u", OOMFile: "/o",
		ExitFile: "/e", LogPath: "/l", LogMax: 10, LogFiles: 2, Stdin: true, Terminal: true}
	if got, err := DecodeSpawn(spawn.Append(nil)); err != nil || !reflect.DeepEqual(got, spawn) {
		t.Errorf("spawn: %+v, %v", got, err)
	}
	state := State{Version: 1, PID: 2, Processes: []Process{{ID: "a", PID: 3, StartTicks: 4, Started: -5, Finished: 6, Code: 137, OOMKilled: true}, {}}}
	if got, err := DecodeState(state.Append(nil)); err != nil || !reflect.DeepEqual(got, state) {
		t.Errorf("state: %+v, %v", got, err)
	}
	signal := Signal{ID: "x", Number: 9, Group: true}
	if got, err := DecodeSignal(signal.Append(nil)); err != nil || got != signal {
		t.Errorf("signal: %+v, %v", got, err)
	}
	fault := Fault{Stage: StageExecute, Errno: 2, Text: "no"}
	if got, err := DecodeFault(fault.Append(nil)); err != nil || got != fault {
		t.Errorf("fault: %+v, %v", got, err)
	}
	if got, err := DecodeStrings(AppendStrings(nil, "a", "b"), 2); err != nil || !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("strings: %v, %v", got, err)
	}
	if _, err := DecodeStrings(AppendStrings(nil, "a"), 2); err == nil {
		t.Error("one string was taken for two")
	}
}

func TestCutFrame(t *testing.T) {
	b := AppendFrame(AppendFrame(nil, KindSignal, 7, []byte("one")), KindHello, 8, nil)
	for n := range FrameHead + 3 {
		if _, _, ok, err := CutFrame(b[:n]); ok || err != nil {
			t.Fatalf("%d bytes: ok %v, err %v", n, ok, err)
		}
	}
	f, rest, ok, err := CutFrame(b)
	if err != nil || !ok || f.Kind != KindSignal || f.ID != 7 || !bytes.Equal(f.Body, []byte("one")) {
		t.Fatalf("first frame: %+v %v %v", f, ok, err)
	}
	f, rest, ok, err = CutFrame(rest)
	if err != nil || !ok || f.Kind != KindHello || f.ID != 8 || len(f.Body) != 0 || len(rest) != 0 {
		t.Fatalf("second frame: %+v %v %v", f, ok, err)
	}
	if _, _, _, err := CutFrame([]byte{0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0}); err == nil {
		t.Fatal("a frame of 4 GB was accepted")
	}
}

func FuzzDecoders(f *testing.F) {
	f.Add(sampleInit().Append(nil))
	f.Add(AppendFrame(nil, KindSpawn, 1, (&Spawn{ID: "c"}).Append(nil)))
	f.Add((&State{Processes: []Process{{ID: "a"}}}).Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, err := DecodeInit(b); err == nil {
			if again, err := DecodeInit(i.Append(nil)); err != nil || !reflect.DeepEqual(again, i) {
				t.Fatalf("init does not survive a round trip: %v", err)
			}
		}
		if s, err := DecodeSpawn(b); err == nil && !bytes.Equal(s.Append(nil), b) {
			t.Fatal("spawn does not survive a round trip")
		}
		if s, err := DecodeState(b); err == nil && !bytes.Equal(s.Append(nil), b) {
			t.Fatal("state does not survive a round trip")
		}
		_, _ = DecodeSignal(b)
		_, _ = DecodeFault(b)
		_, _ = DecodeStrings(b, 1)
		for rest := b; ; {
			frame, next, ok, err := CutFrame(rest)
			if err != nil || !ok {
				break
			}
			if len(frame.Body)+FrameHead+len(next) != len(rest) {
				t.Fatal("a frame lost or made up bytes")
			}
			rest = next
		}
	})
}
