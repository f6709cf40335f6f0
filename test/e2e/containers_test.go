package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/test/e2e/cluster"
)

var listAll metav1.ListOptions

// containerPids are the first processes of the running containers of a namespace's pods that stay, or of the named pod alone,
// by POD/CONTAINER. They are found from outside: a container's cgroup carries its ID.
func containerPids(t *testing.T, c *cluster.Cluster, namespace string, only ...string) map[string]int {
	t.Helper()
	names := map[string]string{} // by container ID
	for _, pod := range pods(t, c, namespace) {
		if pod.DeletionTimestamp != nil {
			continue // its containers may end before that is told
		}
		if len(only) > 0 && !slices.Contains(only, pod.Name) {
			continue
		}
		for _, s := range pod.Status.ContainerStatuses {
			if s.State.Running != nil {
				_, id, _ := strings.Cut(s.ContainerID, "://")
				names[id] = pod.Name + "/" + s.Name
			}
		}
	}
	pids := map[string]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		groups, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cgroup"))
		for id, name := range names {
			if strings.Contains(string(groups), id) && firstOfItsNamespace(pid) {
				pids[name] = pid
			}
		}
	}
	for _, name := range names {
		if pids[name] == 0 {
			t.Errorf("no process of container %s was found", name)
		}
	}
	return pids
}

// firstOfItsNamespace tells whether a process is process 1 where it lives.
func firstOfItsNamespace(pid int) bool {
	status, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	for line := range strings.Lines(string(status)) {
		if list, ok := strings.CutPrefix(line, "NSpid:"); ok {
			fields := strings.Fields(list)
			return len(fields) > 1 && fields[len(fields)-1] == "1"
		}
	}
	return false
}

// samePids wants every container to have the process that it had.
func samePids(t *testing.T, before, after map[string]int) {
	t.Helper()
	if len(before) == 0 || !maps.Equal(before, after) {
		t.Errorf("containers have the processes %v, before %v", after, before)
	}
}

// read is a file's content.
func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}
