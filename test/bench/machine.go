package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// describe says what is measured, and on what, in a few lines.
func describe(dir, argosy string) []string {
	version := "unknown"
	if out, err := exec.Command(argosy, "version").Output(); err == nil {
		version, _, _ = strings.Cut(strings.TrimSpace(strings.TrimPrefix(string(out), "argosy ")), "\n")
	}
	size := ""
	if info, err := os.Stat(argosy); err == nil {
		size = fmt.Sprintf(", %.0f MB", float64(info.Size())/1e6)
	}
	var kernel unix.Utsname
	_ = unix.Uname(&kernel)
	var memory unix.Sysinfo_t
	_ = unix.Sysinfo(&memory)
	var disk unix.Statfs_t
	_ = unix.Statfs(dir, &disk)
	return []string{
		fmt.Sprintf("Argosy %s%s", version, size),
		fmt.Sprintf("%d cores of %s, %.0f GiB, Linux %s, data on %s", runtime.NumCPU(), processor(),
			float64(memory.Totalram)*float64(memory.Unit)/(1<<30), unix.ByteSliceToString(kernel.Release[:]), fileSystem(int64(disk.Type))),
		fmt.Sprintf("load when it began: %.1f", float64(memory.Loads[0])/(1<<16)),
	}
}

func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unnamed processor"
}

func fileSystem(magic int64) string {
	switch magic {
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlay"
	case unix.TMPFS_MAGIC:
		return "tmpfs, where fsync costs nothing: set TMPDIR to a disk"
	}
	return fmt.Sprintf("file system %#x", magic)
}
