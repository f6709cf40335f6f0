package snapshot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/tree"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("no such snapshot")
	// ErrExists says that the id belongs to a snapshot of another image.
	ErrExists = errors.New("the snapshot exists, of another image")
	// ErrID says that an id cannot name a directory.
	ErrID = errors.New("not a valid snapshot id")
	// ErrUnsupported says that this process or this kernel cannot mount overlays.
	ErrUnsupported = errors.New("overlay mounts are not possible here")
)

const trash = ".trash"

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// Images is what the store asks of the images.
type Images interface {
	// Hold resolves an image's id to the directories of its unpacked layers, topmost first, and sees to it that neither the
	// image nor they go away until release is called. By then the snapshot names the image on disk.
	Hold(ctx context.Context, imageID string) (layers []string, release func(), err error)
}

// Store keeps snapshots in a directory.
type Store struct {
	dir    string
	images Images
	keys   keyed
	mounts mounter
}

// Open returns the store in dir, which it makes when missing: closed to all but root, as images hold setuid programs.
func Open(dir string, images Images) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, trash), 0o700); err != nil {
		return nil, fmt.Errorf("making the snapshot directory: %w", err)
	}
	return &Store{dir: dir, images: images}, nil
}

// Info describes a snapshot.
type Info struct {
	ID string
	// ImageID is the digest of the image's config; empty if a crash left only a name.
	ImageID string
	// Rootfs is where it is mounted, if it is: Mounted is false for what a former boot or a crash left.
	Rootfs  string
	Mounted bool
}

// Prepare makes and mounts the snapshot id of an image and returns the mounted directory. It is for the caller to choose ids
// that do not repeat. A snapshot of the same image that is mounted is returned as it is, contents included; one that is not
// mounted, from a crash or a former boot, is made anew and empty. One of another image is ErrExists.
func (s *Store) Prepare(ctx context.Context, id, imageID string) (rootfs string, err error) {
	return s.PrepareMapped(ctx, id, imageID, Owners{})
}

// PrepareMapped is like Prepare, with the files' owners as a user namespace has them. Owners without one are the image's.
func (s *Store) PrepareMapped(ctx context.Context, id, imageID string, o Owners) (rootfs string, err error) {
	if !validID.MatchString(id) {
		return "", fmt.Errorf("preparing snapshot %q: %w", id, ErrID)
	}
	unlock, err := s.keys.lock(ctx, id)
	if err != nil {
		return "", fmt.Errorf("preparing snapshot %s: %w", id, err)
	}
	defer unlock()
	rootfs, err = s.prepare(ctx, id, imageID, o)
	if err != nil {
		return "", fmt.Errorf("preparing snapshot %s of image %s: %w", id, imageID, err)
	}
	return rootfs, nil
}

func (s *Store) prepare(ctx context.Context, id, imageID string, o Owners) (string, error) {
	layers, release, err := s.images.Hold(ctx, imageID)
	if err != nil {
		return "", err
	}
	defer release()

	dir := filepath.Join(s.dir, id)
	rootfs := filepath.Join(dir, "rootfs")
	err = os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		have, _ := os.Readlink(filepath.Join(dir, "image"))
		if mounted(rootfs) {
			if have != imageID {
				return "", fmt.Errorf("%w: %s", ErrExists, have)
			}
			return rootfs, nil
		}
		if err := s.discard(id); err != nil {
			return "", err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil {
		return "", err
	}
	if err := s.fill(dir, rootfs, imageID, layers, o); err != nil {
		if e := s.discard(id); e != nil {
			err = errors.Join(err, e)
		}
		return "", err
	}
	return rootfs, nil
}

func (s *Store) fill(dir, rootfs, imageID string, layers []string, o Owners) error {
	if err := os.Symlink(imageID, filepath.Join(dir, "image")); err != nil {
		return err
	}
	upper := filepath.Join(dir, "upper")
	for _, d := range []string{upper, filepath.Join(dir, "work"), rootfs} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return err
		}
	}
	if len(layers) == 0 {
		// An image of no layers; overlayfs wants one at least.
		empty := filepath.Join(dir, "empty")
		if err := os.Mkdir(empty, 0o755); err != nil {
			return err
		}
		layers = []string{empty}
	}
	// The upper directory's attributes are those that the container's root shows.
	var st unix.Stat_t
	if err := unix.Stat(layers[0], &st); err != nil {
		return fmt.Errorf("looking at layer %s: %w", layers[0], err)
	}
	uid, gid := st.Uid, st.Gid
	if o.Namespace != "" {
		if uid, gid = o.RootUID, o.RootGID; st.Uid != 0 || st.Gid != 0 {
			uid, gid = uid+st.Uid, gid+st.Gid
		}
	}
	if uid != 0 || gid != 0 {
		if err := unix.Chown(upper, int(uid), int(gid)); err != nil {
			return err
		}
	}
	if err := unix.Chmod(upper, st.Mode&0o7777); err != nil {
		return err
	}
	work := filepath.Join(dir, "work")
	if o.Namespace == "" {
		return s.mounts.mount(overlay{lower: layers, upper: upper, work: work, target: rootfs})
	}
	mapped, release, err := mapLayers(filepath.Join(dir, "mapped"), layers, o.Namespace)
	if err != nil {
		return err
	}
	return errors.Join(s.mounts.mount(overlay{lower: mapped, upper: upper, work: work, target: rootfs}), release())
}

// Remove unmounts and deletes a snapshot. One that does not exist is no error, so Remove may be repeated after any failure or
// crash. Something else still mounted inside it, a volume, is tree.ErrMounted; nothing behind that mount is touched.
func (s *Store) Remove(ctx context.Context, id string) error {
	if !validID.MatchString(id) {
		return fmt.Errorf("removing snapshot %q: %w", id, ErrID)
	}
	unlock, err := s.keys.lock(ctx, id)
	if err != nil {
		return fmt.Errorf("removing snapshot %s: %w", id, err)
	}
	defer unlock()
	if err := s.discard(id); err != nil {
		return fmt.Errorf("removing snapshot %s: %w", id, err)
	}
	return nil
}

// discard renames the snapshot away, so that the id is free and a crash finds it as rubbish, and deletes it there.
func (s *Store) discard(id string) error {
	dir := filepath.Join(s.dir, id)
	if err := unmount(filepath.Join(dir, "rootfs")); err != nil {
		return err
	}
	away := filepath.Join(s.dir, trash, id+"-"+rand.Text())
	err := os.Rename(dir, away)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return tree.Remove(away)
}

// Usage measures what the container wrote, in bytes on disk and inodes, without the layers below.
func (s *Store) Usage(ctx context.Context, id string) (tree.Size, error) {
	if !validID.MatchString(id) {
		return tree.Size{}, fmt.Errorf("measuring snapshot %q: %w", id, ErrID)
	}
	size, err := tree.Usage(ctx, filepath.Join(s.dir, id, "upper"))
	if errors.Is(err, fs.ErrNotExist) {
		return tree.Size{}, fmt.Errorf("measuring snapshot %s: %w", id, ErrNotFound)
	}
	return size, err
}

// List returns all snapshots, also those that a crash or a former boot left unmounted: what the caller does not know of is
// for it to Remove.
func (s *Store) List() ([]Info, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("listing snapshots: %w", err)
	}
	var all []Info
	for _, entry := range entries {
		if !entry.IsDir() || !validID.MatchString(entry.Name()) {
			continue
		}
		dir := filepath.Join(s.dir, entry.Name())
		imageID, _ := os.Readlink(filepath.Join(dir, "image"))
		rootfs := filepath.Join(dir, "rootfs")
		all = append(all, Info{ID: entry.Name(), ImageID: imageID, Rootfs: rootfs, Mounted: mounted(rootfs)})
	}
	return all, nil
}

// Users returns, for each image that has snapshots, their ids.
func (s *Store) Users() (map[string][]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("listing snapshots: %w", err)
	}
	users := map[string][]string{}
	for _, entry := range entries {
		if !validID.MatchString(entry.Name()) {
			continue
		}
		if imageID, err := os.Readlink(filepath.Join(s.dir, entry.Name(), "image")); err == nil {
			users[imageID] = append(users[imageID], entry.Name())
		}
	}
	return users, nil
}

// Clean deletes what interrupted removals left.
func (s *Store) Clean() error {
	entries, err := os.ReadDir(filepath.Join(s.dir, trash))
	if err != nil {
		return fmt.Errorf("cleaning removed snapshots: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		away := filepath.Join(s.dir, trash, entry.Name())
		if err := unmount(filepath.Join(away, "rootfs")); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, tree.Remove(away))
	}
	return errors.Join(errs...)
}
