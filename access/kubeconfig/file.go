package kubeconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"argosy.dev/access/atomicfile"
)

const fileMode = fs.FileMode(0o600)

// load reads a kubeconfig; one that does not exist or is empty is a new one.
func load(path string) (*api.Config, []byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return api.NewConfig(), nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("the kubeconfig %s is not a file", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return api.NewConfig(), nil, nil
	}
	config, err := clientcmd.Load(data)
	if err != nil {
		return nil, nil, fmt.Errorf("the kubeconfig %s is malformed: %s", path, withoutSecrets(err))
	}
	return config, data, nil
}

// withoutSecrets is the decoder's message without the entries that it prints where two have one name: they may hold keys.
func withoutSecrets(err error) string {
	message, _, _ := strings.Cut(err.Error(), " in list: ")
	return message
}

// editLocked is edit under the lock, for files that others write too. Where nothing changes the lock is not needed.
func editLocked(path string, change func(*api.Config) error) error {
	if _, same, err := changed(path, change); err != nil || same {
		return err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("making the directory of the kubeconfig: %w", err)
	}
	unlock, err := lock(path)
	if err != nil {
		return err
	}
	defer unlock()
	return edit(path, change)
}

// edit changes a kubeconfig, and writes it if that changed anything.
func edit(path string, change func(*api.Config) error) error {
	data, same, err := changed(path, change)
	if err != nil || same {
		return err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("making the directory of the kubeconfig: %w", err)
	}
	target, owner, err := place(path)
	if err != nil {
		return err
	}
	return atomicfile.Write(atomicfile.File{Path: target, Data: data, Mode: fileMode, Owner: owner})
}

// changed is the file as it would be after the change, and whether that is what it is already.
func changed(path string, change func(*api.Config) error) (after []byte, same bool, err error) {
	config, data, err := load(path)
	if err != nil {
		return nil, false, err
	}
	before, err := clientcmd.Write(*config)
	if err != nil {
		return nil, false, fmt.Errorf("encoding the kubeconfig %s: %w", path, err)
	}
	if err := change(config); err != nil {
		return nil, false, err
	}
	after, err = clientcmd.Write(*config)
	if err != nil {
		return nil, false, fmt.Errorf("encoding the kubeconfig %s: %w", path, err)
	}
	if bytes.Equal(before, after) {
		return nil, true, nil
	}
	if what, err := firstLoss(data, before); err != nil {
		return nil, false, fmt.Errorf("comparing the kubeconfig %s with what would be written: %w", path, err)
	} else if what != "" {
		return nil, false, fmt.Errorf("the kubeconfig %s has content at %s that would be lost by rewriting it; it is left as it is", path, what)
	}
	return after, false, nil
}

// staleLock is how old a lock must be to count as forgotten: writing a kubeconfig takes milliseconds.
const staleLock = time.Minute

// lock takes the lock that kubectl takes when it writes a kubeconfig: a file beside it that must not exist yet.
func lock(path string) (unlock func(), err error) {
	name := path + ".lock"
	if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > staleLock {
		os.Remove(name) // best effort: if it stays, the next line says so
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL, 0)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("the kubeconfig %s is being written by another program; if none is, remove %s", path, name)
	}
	if err != nil {
		return nil, fmt.Errorf("locking the kubeconfig: %w", err)
	}
	f.Close()
	return func() { os.Remove(name) }, nil
}

// place is where the content of path really is, behind symbolic links, and who it is to belong to: to whom it belongs
// now, or a new file to the owner of its directory, so that root does not take a user's file away.
func place(path string) (target string, owner *atomicfile.Owner, err error) {
	target, err = filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, ownerOf(filepath.Dir(path)), nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("looking for the kubeconfig: %w", err)
	}
	return target, ownerOf(target), nil
}

// ownerOf is nil where there is nobody to give anything to: only root can, and need not for itself.
func ownerOf(path string) *atomicfile.Owner {
	info, err := os.Stat(path)
	if err != nil || os.Geteuid() != 0 {
		return nil
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid == 0 {
		return nil
	}
	return &atomicfile.Owner{UID: int(st.Uid), GID: int(st.Gid)}
}

// makeDir makes a directory and what is missing above it, each owned by the owner of the one above.
func makeDir(dir string) error {
	_, err := os.Stat(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if owner := ownerOf(parent); owner != nil {
		return os.Lchown(dir, owner.UID, owner.GID)
	}
	return nil
}
