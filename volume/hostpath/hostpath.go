package hostpath

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
)

// Prepare holds the path against the type that the volume says it is, and makes what a type with OrCreate lacks.
func Prepare(source *corev1.HostPathVolumeSource) error {
	kind := corev1.HostPathUnset
	if source.Type != nil {
		kind = *source.Type
	}
	switch kind {
	case corev1.HostPathUnset:
		// Anything goes, and what is not there becomes a directory, as runtimes have always done.
		if _, err := os.Stat(source.Path); errors.Is(err, fs.ErrNotExist) {
			return create(source.Path, true)
		}
		return nil
	case corev1.HostPathDirectoryOrCreate:
		if err := create(source.Path, true); err != nil {
			return err
		}
		kind = corev1.HostPathDirectory
	case corev1.HostPathFileOrCreate:
		if err := create(source.Path, false); err != nil {
			return err
		}
		kind = corev1.HostPathFile
	}
	info, err := os.Stat(source.Path)
	if err != nil {
		return fmt.Errorf("hostPath type check failed: %w", err)
	}
	if !is(info.Mode(), kind) {
		return fmt.Errorf("hostPath type check failed: %s is not a %s", source.Path, kind)
	}
	return nil
}

func create(path string, directory bool) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return nil // what it is, the check says
	}
	if directory {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return fmt.Errorf("making the hostPath: %w", err)
		}
		return nil
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("making the hostPath: %w", err)
	}
	return f.Close()
}

func is(mode fs.FileMode, kind corev1.HostPathType) bool {
	switch kind {
	case corev1.HostPathDirectory:
		return mode.IsDir()
	case corev1.HostPathFile:
		return mode.IsRegular()
	case corev1.HostPathSocket:
		return mode&fs.ModeSocket != 0
	case corev1.HostPathCharDev:
		return mode&fs.ModeCharDevice != 0
	case corev1.HostPathBlockDev:
		return mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0
	}
	return false
}
