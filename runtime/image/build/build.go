package build

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/runtime/image"
)

// Options describe an image. Only Name is required.
type Options struct {
	// Name is the image's; Base is the image that it begins as, empty for nothing at all.
	Name, Base string
	// Add are files and directories, added in this order: of two for one place the later counts.
	Add []Add
	// Entrypoint and Cmd are what runs. Setting Entrypoint without Cmd forgets the base's Cmd.
	Entrypoint, Cmd []string
	// Env are NAME=VALUE, each replacing the base's value of that name.
	Env []string
	// WorkDir is where it runs; User as whom, USER[:GROUP] by name or number; StopSignal what stops it.
	WorkDir, User, StopSignal string
	// Labels are added to the base's.
	Labels map[string]string
	// ExposedPorts are PORT or PORT/PROTOCOL.
	ExposedPorts []string
	// Volumes are directories meant to be mounted over.
	Volumes []string
}

// Add is something to put into the image.
type Add struct {
	// Src is the path of a file or directory. A symbolic link is followed; links inside a directory are kept as links.
	Src string
	// Data is the contents of a file, with Mode, when Src is empty.
	Data []byte
	Mode fs.FileMode
	// Dst is the absolute path in the image. A file goes into it under its own name if it ends in "/"; of a directory the
	// contents go into it.
	Dst string
}

var port = regexp.MustCompile(`^[0-9]{1,5}(/(tcp|udp|sctp))?$`)

// Image makes the image and returns it.
func Image(ctx context.Context, store *image.Store, o Options) (image.Image, error) {
	if err := o.check(); err != nil {
		return image.Image{}, fmt.Errorf("building image %q: %w", o.Name, err)
	}
	create := image.CreateOptions{Name: o.Name, Base: o.Base, Configure: o.configure}
	if len(o.Add) > 0 {
		files, err := collect(ctx, o.Add)
		if err != nil {
			return image.Image{}, fmt.Errorf("building image %q: %w", o.Name, err)
		}
		create.Layer = func(w io.Writer) error { return writeLayer(ctx, w, files) }
	}
	return store.Create(ctx, create)
}

func (o Options) check() error {
	for _, env := range o.Env {
		if name, _, ok := strings.Cut(env, "="); !ok || name == "" {
			return fmt.Errorf("environment %q is not NAME=VALUE", env)
		}
	}
	for _, p := range o.ExposedPorts {
		if !port.MatchString(p) {
			return fmt.Errorf("port %q is not PORT or PORT/PROTOCOL", p)
		}
	}
	for _, path := range append(slices.Clone(o.Volumes), o.WorkDir) {
		if path != "" && !strings.HasPrefix(path, "/") {
			return fmt.Errorf("%q is not an absolute path in the image", path)
		}
	}
	return nil
}

// configure changes the configuration of the base.
func (o Options) configure(image *ocispec.Image) {
	epoch := time.Unix(0, 0).UTC()
	image.Created = &epoch
	image.Author = ""
	history := ocispec.History{Created: &epoch, CreatedBy: "argosy image build", EmptyLayer: len(o.Add) == 0}
	image.History = append(slices.Clone(image.History), history)

	c := &image.Config
	if o.Entrypoint != nil {
		c.Entrypoint, c.Cmd = o.Entrypoint, nil
	}
	if o.Cmd != nil {
		c.Cmd = o.Cmd
	}
	c.Env = mergeEnv(c.Env, o.Env)
	set(&c.WorkingDir, o.WorkDir)
	set(&c.User, o.User)
	set(&c.StopSignal, o.StopSignal)
	c.Labels = merge(c.Labels, o.Labels)
	for _, p := range o.ExposedPorts {
		if !strings.Contains(p, "/") {
			p += "/tcp"
		}
		c.ExposedPorts = merge(c.ExposedPorts, map[string]struct{}{p: {}})
	}
	for _, v := range o.Volumes {
		c.Volumes = merge(c.Volumes, map[string]struct{}{v: {}})
	}
}

func set(field *string, value string) {
	if value != "" {
		*field = value
	}
}

// merge does not change the base's own map, which others hold.
func merge[V any](base, more map[string]V) map[string]V {
	if len(more) == 0 {
		return base
	}
	merged := maps.Clone(base)
	if merged == nil {
		merged = map[string]V{}
	}
	maps.Copy(merged, more)
	return merged
}

func mergeEnv(base, more []string) []string {
	merged := slices.Clone(base)
	for _, env := range more {
		name, _, _ := strings.Cut(env, "=")
		i := slices.IndexFunc(merged, func(have string) bool { return strings.HasPrefix(have, name+"=") })
		if i >= 0 {
			merged[i] = env
		} else {
			merged = append(merged, env)
		}
	}
	return merged
}
