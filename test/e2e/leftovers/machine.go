package leftovers

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// machine are the sections that look at the whole machine for a directory's name.
var machine = map[string]func(dir string) ([]string, error){
	"processes": Using,
	"mounts":    mounts,
	"cgroups":   cgroups,
	"files":     files,
}

// key is the part of a data directory's path that everything made for it has in its name.
func key(dir string) string { return filepath.Base(dir) }

// mounts are the mounts of this namespace that name the directory anywhere: what, where, which type. Pinned namespaces
// are among them.
func mounts(dir string) ([]string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []string
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20) // overlay options are long
	for scan.Scan() {
		if !strings.Contains(scan.Text(), key(dir)) {
			continue
		}
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

// cgroups are the cgroup folders of all hierarchies that name the directory.
func cgroups(dir string) ([]string, error) {
	var lines []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) || os.IsPermission(err) {
				return nil // gone meanwhile, or not ours to see
			}
			return err
		}
		if d.IsDir() && strings.Contains(path, key(dir)) {
			lines = append(lines, path)
		}
		return nil
	})
	return lines, err
}

// files are those for this boot only, which name the directory.
func files(dir string) ([]string, error) {
	var lines []string
	for _, folder := range []string{"/run/argosy", "/run/netns", "/tmp", "/dev/shm"} {
		entries, err := os.ReadDir(folder)
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if strings.Contains(e.Name(), key(dir)) && path != dir {
				lines = append(lines, path)
			}
		}
	}
	return lines, nil
}
