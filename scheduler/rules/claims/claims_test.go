package claims

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"sigs.k8s.io/yaml"

	"argosy.dev/scheduler/rules/rulestest"
	"argosy.dev/scheduler/snapshot"
)

func add(t *testing.T, s *snapshot.Snapshot, kind, name, text string) {
	t.Helper()
	read := func(obj any) {
		if err := yaml.UnmarshalStrict([]byte(text), obj); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	switch kind {
	case "claim":
		c := &corev1.PersistentVolumeClaim{}
		read(c)
		c.Name, c.Namespace = name, "default"
		c.Spec.AccessModes = append(c.Spec.AccessModes, corev1.ReadWriteOnce)
		s.SetClaim("default/"+name, c)
	case "volume":
		v := &corev1.PersistentVolume{}
		read(v)
		v.Name, v.Status.Phase = name, corev1.VolumeAvailable
		v.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
		s.SetVolume(name, v)
	case "class":
		c := &storagev1.StorageClass{}
		read(c)
		c.Name = name
		s.SetClass(name, c)
	}
}

const done = "metadata: {annotations: {pv.kubernetes.io/bind-completed: \"yes\"}}"

func at(node string) string {
	return "nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [" + node + "]}]}]}}"
}

func scene(t *testing.T) *snapshot.Snapshot {
	s := rulestest.Snapshot([]*corev1.Node{rulestest.Node(t, "n1", "{}"), rulestest.Node(t, "n2", "{}")},
		rulestest.Pod(t, "other", "{spec: {nodeName: n1, volumes: [{name: v, persistentVolumeClaim: {claimName: single}}]}}"))
	add(t, s, "class", "late", "{provisioner: x, volumeBindingMode: WaitForFirstConsumer}")
	add(t, s, "class", "hand", "{provisioner: kubernetes.io/no-provisioner, volumeBindingMode: WaitForFirstConsumer}")
	add(t, s, "claim", "bound", "{"+done+", spec: {volumeName: on1}}")
	add(t, s, "claim", "gone", "{"+done+", spec: {volumeName: none}}")
	add(t, s, "claim", "single", "{"+done+", spec: {volumeName: on1, accessModes: [ReadWriteOncePod]}}")
	add(t, s, "claim", "waits", "{spec: {storageClassName: late, resources: {requests: {storage: 1Gi}}}}")
	add(t, s, "claim", "chosen", "{metadata: {annotations: {volume.kubernetes.io/selected-node: n2}}, spec: {storageClassName: late}}")
	add(t, s, "claim", "byhand", "{spec: {storageClassName: hand, resources: {requests: {storage: 1Gi}}}}")
	add(t, s, "claim", "now", "{}")
	add(t, s, "volume", "on1", "{spec: {capacity: {storage: 1Gi}, claimRef: {namespace: default, name: bound}, "+at("n1")+"}}")
	add(t, s, "volume", "hand2", "{spec: {capacity: {storage: 1Gi}, storageClassName: hand, "+at("n2")+"}}")
	return s
}

func uses(claims ...string) string {
	var list []string
	for i, c := range claims {
		list = append(list, fmt.Sprintf("{name: v%d, persistentVolumeClaim: {claimName: %s}}", i, c))
	}
	return "{spec: {volumes: [" + strings.Join(list, ", ") + "]}}"
}

func TestFilter(t *testing.T) {
	s := scene(t)
	for _, c := range []struct{ name, pod, want string }{
		{"no claims", "{spec: {volumes: [{name: v, emptyDir: {}}]}}", ""},
		{"where its volume is", uses("bound"), "n2: " + names[0]},
		{"its volume is gone", uses("gone"), "n1: " + names[2] + "; n2: " + names[2]},
		{"made anywhere", uses("waits"), ""},
		{"being made", uses("chosen"), "n1: " + names[1]},
		{"one is free there", uses("byhand"), "n1: " + names[1]},
		{"two things", uses("bound", "byhand"), "n1: " + names[1] + "; n2: " + names[0]},
		{"one pod at a time", uses("single"), "n1: " + names[3] + "; n2: " + names[3]},
		{"the binder's", uses("now"), "impossible: pod has unbound immediate PersistentVolumeClaims"},
		{"not there", uses("none"), `impossible: persistentvolumeclaim "none" not found`},
		{"ephemeral, not there", "{spec: {volumes: [{name: v, ephemeral: {}}]}}", `impossible: waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"`},
		{"devices", "{spec: {resourceClaims: [{name: gpu, resourceClaimName: g}]}}", `impossible: resource claim "gpu" cannot be allocated: that is not supported yet`},
	} {
		if got := rulestest.Refused(Rule(), rulestest.Pod(t, "p", c.pod), s); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestChoose(t *testing.T) {
	s := scene(t)
	n2, _ := s.Node("n2")
	choice := Choose(snapshot.NewPod(rulestest.Pod(t, "p", uses("waits", "byhand"))), s, n2)
	if choice == nil || len(choice.Bind) != 1 || choice.Bind[0].Volume.Name != "hand2" || len(choice.Make) != 1 || choice.Make[0].Name != "waits" {
		t.Fatalf("got %+v", choice)
	}
	s.Promise("hand2", "default/another")
	if got := rulestest.Refused(Rule(), rulestest.Pod(t, "p", uses("byhand")), s); !strings.Contains(got, "n2: "+names[1]) {
		t.Errorf("a volume was given twice: %q", got)
	}
	if ok, err := choice.Done("n2", s); ok || err != nil {
		t.Errorf("nothing is bound yet: %v, %v", ok, err)
	}
	add(t, s, "claim", "byhand", "{"+done+", spec: {volumeName: hand2}}")
	add(t, s, "claim", "waits", "{"+done+", spec: {volumeName: new}}")
	add(t, s, "volume", "new", "{spec: {"+at("n2")+"}}")
	if ok, err := choice.Done("n2", s); !ok || err != nil {
		t.Errorf("all is bound: %v, %v", ok, err)
	}
	add(t, s, "volume", "new", "{spec: {"+at("n1")+"}}")
	if _, err := choice.Done("n2", s); err == nil {
		t.Error("a volume on another node: want an error")
	}
	if Choose(snapshot.NewPod(rulestest.Pod(t, "p", uses("bound"))), s, n2) != nil {
		t.Error("a bound claim needs nothing")
	}
}
