package devices

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/types"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

// checkpoint is the file's name.
const checkpoint = "argosy_internal_checkpoint"

// Book is which plugins there are, and who has which of their devices.
type Book struct {
	dir     string
	log     *slog.Logger
	running sync.WaitGroup

	mu      sync.Mutex
	plugins map[string]*plugin // by resource
	given   map[types.UID]map[string]map[string]Given
}

// Given are the devices that a container has of one resource.
type Given struct {
	IDs []string
	// Response is what the plugin said that the container gets with them, in the protocol's own form.
	Response []byte
}

// state is the file.
type state struct {
	// Resources are those of plugins that had registered.
	Resources []string
	// Given is by pod, container and resource.
	Given map[types.UID]map[string]map[string]Given
}

// Open finds who had which devices. dir is where plugins have their sockets.
func Open(dir string, log *slog.Logger) (*Book, error) {
	b := &Book{dir: dir, log: log, plugins: map[string]*plugin{}, given: map[types.UID]map[string]map[string]Given{}}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("making the directory of device plugins: %w", err)
	}
	path := filepath.Join(dir, checkpoint)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which containers have which devices: %w", err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("reading which containers have which devices: %s: %w; remove it once the node's pods are gone", path, err)
	}
	if s.Given != nil {
		b.given = s.Given
	}
	for _, name := range s.Resources {
		b.plugins[name] = &plugin{resource: name, stop: func() {}} // it has not registered again yet
		b.lost(b.plugins[name])
	}
	return b, nil
}

// save writes the file so that it is whole whatever happens. The lock is held.
func (b *Book) save() error {
	data, err := json.Marshal(state{Resources: slices.Sorted(maps.Keys(b.plugins)), Given: b.given})
	if err != nil {
		return err
	}
	path := filepath.Join(b.dir, checkpoint)
	if err := errors.Join(os.WriteFile(path+".new", data, 0o600), os.Rename(path+".new", path)); err != nil {
		return fmt.Errorf("noting which containers have which devices: %w", err)
	}
	return nil
}

// Of is what a container gets with its devices; nil where it has none.
func (b *Book) Of(uid types.UID, container string) (*api.ContainerAllocateResponse, error) {
	if b == nil {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var all *api.ContainerAllocateResponse
	own := b.given[uid][container]
	for _, name := range slices.Sorted(maps.Keys(own)) {
		var one api.ContainerAllocateResponse
		if err := proto.Unmarshal(own[name].Response, &one); err != nil {
			return nil, fmt.Errorf("reading what the plugin of %s gives the container %s: %w", name, container, err)
		}
		if all == nil {
			all = &api.ContainerAllocateResponse{}
		}
		proto.Merge(all, &one)
	}
	return all, nil
}

// used are the devices of a resource that somebody has. The lock is held.
func (b *Book) used(name string) map[string]bool {
	used := map[string]bool{}
	for _, containers := range b.given {
		for _, resources := range containers {
			for _, id := range resources[name].IDs {
				used[id] = true
			}
		}
	}
	return used
}
