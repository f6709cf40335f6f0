package claims

import (
	"testing"

	"argosy.dev/scheduler/rules/rulestest"
)

func TestFilter(t *testing.T) {
	s := rulestest.Snapshot(nil)
	for spec, want := range map[string]string{
		"{volumes: [{name: v, emptyDir: {}}]}":                             "",
		"{volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}": `impossible: volume "v" needs a persistent volume, which is not supported yet`,
		"{volumes: [{name: v, ephemeral: {}}]}":                            `impossible: volume "v" needs a persistent volume, which is not supported yet`,
		"{resourceClaims: [{name: gpu, resourceClaimName: g}]}":            `impossible: resource claim "gpu" cannot be allocated: that is not supported yet`,
	} {
		if got := rulestest.Refused(Rule(), rulestest.Pod(t, "p", "{spec: "+spec+"}"), s); got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}
