package leftovers

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// network are the sections that look at the network namespace they are called in.
var network = map[string]func() ([]string, error){
	"links":      func() ([]string, error) { return ask("ip", "-o", "-brief", "link") },
	"addresses":  func() ([]string, error) { return ask("ip", "-o", "-brief", "address") },
	"routes":     func() ([]string, error) { return ask("ip", "route", "show", "table", "all") },
	"rules":      func() ([]string, error) { return ask("ip", "rule") },
	"neighbours": func() ([]string, error) { return ask("ip", "neighbour", "show", "nud", "permanent") },
	"proxies":    func() ([]string, error) { return ask("ip", "neighbour", "show", "proxy") },
	"nftables":   func() ([]string, error) { return ask("nft", "list", "ruleset") },
	"sysctls":    sysctls,
}

// ask runs a command that lists something. Where it is not installed or refuses us, there is nothing to compare.
func ask(name string, args ...string) ([]string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, nil
	}
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		return nil, nil
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines, nil
}

// restless are the parameters that the kernel changes by itself.
var restless = map[string]bool{"nf_conntrack_count": true, "tcp_fastopen_key": true, "stable_secret": true}

// sysctls are the namespace's parameters and what they are.
func sysctls() ([]string, error) {
	var lines []string
	err := filepath.WalkDir("/proc/sys/net", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || restless[d.Name()] {
			return nil // a link's parameters go with it
		}
		value, err := os.ReadFile(path)
		if err != nil {
			return nil // for writing only
		}
		lines = append(lines, path+" = "+strings.Join(strings.Fields(string(value)), " "))
		return nil
	})
	return lines, err
}
