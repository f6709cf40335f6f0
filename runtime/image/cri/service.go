package cri

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/registry"
	"argosy.dev/runtime/image/tree"
)

// Service implements CRI's image service on a store.
type Service struct{ store *image.Store }

var _ internalapi.ImageManagerService = (*Service)(nil)

// New returns the service of a store. Closing the store is its owner's.
func New(store *image.Store) *Service { return &Service{store: store} }

// ListImages lists all images, or the one that the filter names.
func (s *Service) ListImages(ctx context.Context, filter *runtimeapi.ImageFilter) ([]*runtimeapi.Image, error) {
	all, err := s.store.List(ctx)
	if err != nil {
		return nil, status(err)
	}
	if ref := filter.GetImage().GetImage(); ref != "" {
		wanted, err := s.store.Resolve(ctx, ref)
		if absent(err) {
			return []*runtimeapi.Image{}, nil
		}
		if err != nil {
			return nil, status(err)
		}
		all = slices.DeleteFunc(all, func(i image.Image) bool { return i.ID != wanted.ID })
	}
	list := make([]*runtimeapi.Image, 0, len(all))
	for _, i := range all {
		list = append(list, describe(i))
	}
	return list, nil
}

// ImageStatus describes an image. One that is not there is no error: the answer has none.
func (s *Service) ImageStatus(ctx context.Context, spec *runtimeapi.ImageSpec, verbose bool) (*runtimeapi.ImageStatusResponse, error) {
	i, err := s.store.Resolve(ctx, spec.GetImage())
	if absent(err) {
		return &runtimeapi.ImageStatusResponse{}, nil
	}
	if err != nil {
		return nil, status(err)
	}
	response := &runtimeapi.ImageStatusResponse{Image: describe(i)}
	if verbose {
		info, err := json.Marshal(map[string]any{
			"manifest": i.Manifest, "imageSpec": i.Config, "packedSize": i.Packed, "added": i.Added, "lastUsed": i.Used,
		})
		if err != nil {
			return nil, status(err)
		}
		response.Info = map[string]string{"info": string(info)}
	}
	return response, nil
}

// PullImage pulls an image and returns its id.
func (s *Service) PullImage(ctx context.Context, spec *runtimeapi.ImageSpec, auth *runtimeapi.AuthConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	i, err := s.store.Pull(ctx, spec.GetImage(), image.PullOptions{Credentials: credentials(auth)})
	if err != nil {
		return "", status(err)
	}
	return i.ID, nil
}

// RemoveImage removes an image. One that is not there is no error.
func (s *Service) RemoveImage(ctx context.Context, spec *runtimeapi.ImageSpec) error {
	i, err := s.store.Resolve(ctx, spec.GetImage())
	if err == nil {
		_, err = s.store.Remove(ctx, i.ID, true)
	}
	if absent(err) {
		return nil
	}
	return status(err)
}

// ImageFsInfo tells what images and containers take of the store's file system. Both are on one: the mount points are equal.
func (s *Service) ImageFsInfo(ctx context.Context) (*runtimeapi.ImageFsInfoResponse, error) {
	usage, err := s.store.Usage(ctx)
	if err != nil {
		return nil, status(err)
	}
	describe := func(size tree.Size) []*runtimeapi.FilesystemUsage {
		return []*runtimeapi.FilesystemUsage{{
			Timestamp:  usage.At.UnixNano(),
			FsId:       &runtimeapi.FilesystemIdentifier{Mountpoint: s.store.Dir()},
			UsedBytes:  &runtimeapi.UInt64Value{Value: uint64(size.Bytes)},
			InodesUsed: &runtimeapi.UInt64Value{Value: uint64(size.Inodes)},
		}}
	}
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: describe(usage.Images), ContainerFilesystems: describe(usage.Snapshots)}, nil
}

// Close does nothing: there is no connection.
func (s *Service) Close(context.Context) error { return nil }

// absent tells that there is no such image, also because there cannot be one of that name.
func absent(err error) bool {
	return errors.Is(err, image.ErrNotFound) || errors.Is(err, registry.ErrReference)
}

func describe(i image.Image) *runtimeapi.Image {
	d := &runtimeapi.Image{
		Id: i.ID, RepoTags: i.Names, RepoDigests: i.Digests, Size: uint64(i.Size), Pinned: i.Pinned,
		Spec: &runtimeapi.ImageSpec{Image: i.ID},
	}
	// "1000:1000" or "nginx:www": whom to run as when the pod does not say; the group is the runtime's to look up.
	user, _, _ := strings.Cut(i.Config.Config.User, ":")
	if uid, err := strconv.ParseInt(user, 10, 64); err == nil {
		d.Uid = &runtimeapi.Int64Value{Value: uid}
	} else {
		d.Username = user
	}
	return d
}

func credentials(auth *runtimeapi.AuthConfig) *registry.Credentials {
	if auth == nil {
		return nil
	}
	c := registry.Credentials{
		Username: auth.Username, Password: auth.Password, Auth: auth.Auth,
		IdentityToken: auth.IdentityToken, RegistryToken: auth.RegistryToken, Server: auth.ServerAddress,
	}
	if c == (registry.Credentials{}) {
		return nil
	}
	return &c
}
