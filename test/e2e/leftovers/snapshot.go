package leftovers

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Snapshot is the state of the kernel, as lines of text by what they are about.
type Snapshot map[string][]string

// Take takes a snapshot. What cannot be read on this machine (no nft, not root) is an empty section.
func Take() (Snapshot, error) {
	s := Snapshot{}
	for name, read := range map[string]func() ([]string, error){
		"processes":          processes,
		"mounts":             mounts,
		"network namespaces": networkNamespaces,
		"links":              func() ([]string, error) { return ask("ip", "-o", "-brief", "link") },
		"routes":             func() ([]string, error) { return ask("ip", "route", "show", "table", "all") },
		"rules":              func() ([]string, error) { return ask("ip", "rule") },
		"nftables":           func() ([]string, error) { return ask("nft", "list", "tables") },
		"cgroups":            cgroups,
	} {
		lines, err := read()
		if err != nil {
			return nil, fmt.Errorf("looking at %s: %w", name, err)
		}
		s[name] = lines
	}
	return s, nil
}

// Since returns what is in s and was not in before.
func (s Snapshot) Since(before Snapshot) Snapshot {
	left := Snapshot{}
	for name, lines := range s {
		counts := map[string]int{}
		for _, l := range before[name] {
			counts[l]++
		}
		for _, l := range lines {
			if counts[l]--; counts[l] < 0 {
				left[name] = append(left[name], l)
			}
		}
	}
	return left
}

// Empty tells whether there is nothing in it.
func (s Snapshot) Empty() bool {
	for _, lines := range s {
		if len(lines) > 0 {
			return false
		}
	}
	return true
}

func (s Snapshot) String() string {
	var b strings.Builder
	var names []string
	for name := range s {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, l := range s[name] {
			fmt.Fprintf(&b, "  %s: %s\n", name, l)
		}
	}
	return b.String()
}

// mounts are the mounts of this namespace: what, where, which type.
func mounts() ([]string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []string
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20) // overlay options are long
	for scan.Scan() {
		// ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD…] - TYPE SOURCE …
		fields := strings.Fields(scan.Text())
		i := slices.Index(fields, "-")
		if i < 0 || i+2 >= len(fields) {
			return nil, fmt.Errorf("not understood: %q", scan.Text())
		}
		lines = append(lines, fmt.Sprintf("%s on %s (%s)", fields[i+2], fields[4], fields[i+1]))
	}
	return lines, scan.Err()
}

// networkNamespaces are those that have a name; one that is pinned elsewhere is a mount of type nsfs.
func networkNamespaces() ([]string, error) {
	var lines []string
	names, err := os.ReadDir("/run/netns")
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, n := range names {
		lines = append(lines, "/run/netns/"+n.Name())
	}
	return lines, nil
}

// cgroups are all cgroup folders of all hierarchies.
func cgroups() ([]string, error) {
	var lines []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) || os.IsPermission(err) {
				return nil // gone meanwhile, or not ours to see
			}
			return err
		}
		if d.IsDir() {
			lines = append(lines, path)
		}
		return nil
	})
	return lines, err
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
