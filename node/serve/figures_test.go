package serve_test

import (
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestFigures(t *testing.T) {
	f := &fake{}
	f.run(t, "1", "c", 0, runtimeapi.ContainerState_CONTAINER_RUNNING)
	f.run(t, "2", "gone", 0, runtimeapi.ContainerState_CONTAINER_EXITED)
	base := start(t, options(f, newPod()))
	for _, c := range []struct {
		path string
		code int
		body string
	}{
		{"/stats/summary?only_cpu_and_memory=true", 200, `"usageNanoCores":2000000000`},
		{"/stats/summary", 500, "taking figures: the kernel tells nothing"},
		{"/metrics/resource", 200, "resource 1\n"},
		{"/metrics/cadvisor", 500, "taking figures: the runtime is gone"}, // and nothing of the half
		{"/configz", 200, `"kubeletconfig":{`},
		{"/configz", 200, `"maxPods":42`},
		{"/runningpods/", 200, `"containers":[{"name":"c"`},
		{"/logs/syslog", 200, "a line"},
		{"/logs/nothing", 404, "404"},
	} {
		code, body := get(t, base+c.path)
		if code != c.code || !strings.Contains(body, c.body) || strings.Contains(body, "half") {
			t.Errorf("%s: %d %s, want %d %s", c.path, code, body, c.code, c.body)
		}
	}
}
