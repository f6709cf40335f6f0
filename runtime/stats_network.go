package runtime

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// networkUsage reads the interfaces' counters as the pod's supervisor sees them.
func networkUsage(supervisor int, at int64) (*runtimeapi.NetworkUsage, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(supervisor) + "/net/dev")
	if err != nil {
		return nil, fmt.Errorf("reading a pod's network counters: %w", err)
	}
	usage := parseNetDev(string(b))
	usage.Timestamp = at
	return usage, nil
}

// parseNetDev reads /proc/net/dev: after two lines of headings, name and colon, then received bytes, packets, errors and
// so on, with the sent ones from the ninth column. The first interface that is not the loopback is the pod's default.
func parseNetDev(text string) *runtimeapi.NetworkUsage {
	usage := &runtimeapi.NetworkUsage{}
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(line, ":")
		f := strings.Fields(rest)
		if !ok || len(f) < 11 {
			continue
		}
		column := func(i int) *runtimeapi.UInt64Value {
			n, _ := strconv.ParseUint(f[i], 10, 64)
			return value(n)
		}
		i := &runtimeapi.NetworkInterfaceUsage{
			Name: strings.TrimSpace(name), RxBytes: column(0), RxErrors: column(2), TxBytes: column(8), TxErrors: column(10),
		}
		if i.Name == "lo" {
			continue
		}
		if usage.DefaultInterface == nil {
			usage.DefaultInterface = i
			continue
		}
		usage.Interfaces = append(usage.Interfaces, i)
	}
	return usage
}
