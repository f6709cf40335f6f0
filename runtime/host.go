package runtime

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/spec"
)

// host is what this machine and process can do, found once.
type host struct {
	spec.Host
	bootID   string
	appArmor bool
	seLinux  bool
	// warnings are what containers may ask for and cannot have in full.
	warnings []string
}

func inspectHost() (host, error) {
	var h host
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return h, fmt.Errorf("reading this process's capabilities: %w", err)
	}
	h.Capabilities = uint64(data[0].Permitted) | uint64(data[1].Permitted)<<32
	if h.Capabilities&(1<<unix.CAP_SYS_ADMIN) == 0 {
		return h, fmt.Errorf("containers need CAP_SYS_ADMIN; run as root")
	}
	h.OOMScore, _ = strconv.Atoi(readText("/proc/self/oom_score_adj"))
	h.MayLowerOOMScore = h.Capabilities&(1<<unix.CAP_SYS_RESOURCE) != 0
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return h, fmt.Errorf("reading the limit on open files: %w", err)
	}
	const usual = 1 << 20
	h.OpenFiles = min(limit.Max, usual)
	if h.MayLowerOOMScore {
		h.OpenFiles = usual
	} else {
		h.warnings = append(h.warnings,
			"no CAP_SYS_RESOURCE: oom_score_adj is kept at "+strconv.Itoa(h.OOMScore)+" or above, and containers may open at most "+strconv.FormatUint(h.OpenFiles, 10)+" files")
	}
	h.bootID = readText("/proc/sys/kernel/random/boot_id")
	h.appArmor = strings.HasPrefix(readText("/sys/module/apparmor/parameters/enabled"), "Y")
	_, err := os.Stat("/sys/fs/selinux/enforce")
	h.seLinux = err == nil
	return h, nil
}

func readText(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
