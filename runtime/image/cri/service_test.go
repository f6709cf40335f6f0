package cri_test

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	crierrors "k8s.io/cri-api/pkg/errors"

	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/cri"
	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/registry"
)

func open(t *testing.T) (*cri.Service, *image.Store) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the image store needs root")
	}
	s, err := image.Open(image.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return cri.New(s), s
}

func spec(name string) *runtimeapi.ImageSpec { return &runtimeapi.ImageSpec{Image: name} }

func push(t *testing.T, r *Registry, repository, user string) string {
	return r.Push(t, repository, "v1", NewImage(t, runtime.GOARCH, ocispec.Image{Config: ocispec.ImageConfig{User: user}}, GzipLayer(t, File("f", repository))))
}

func TestLifeOfAnImage(t *testing.T) {
	service, store := open(t)
	r := NewRegistry(t)
	name := push(t, r, "a", "1000:1000")
	ctx := t.Context()

	if got, err := service.ImageStatus(ctx, spec(name), false); err != nil || got.Image != nil {
		t.Errorf("before: %v, %v", got, err)
	}
	ref, err := service.PullImage(ctx, spec(name), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := service.ImageStatus(ctx, spec(name), true)
	if err != nil {
		t.Fatal(err)
	}
	i := got.Image
	if i.Id != ref || i.RepoTags[0] != name || len(i.RepoDigests) != 1 || i.Size == 0 || i.Uid.GetValue() != 1000 || i.Username != "" || i.Pinned {
		t.Errorf("got %+v", i)
	}
	if !strings.Contains(got.Info["info"], `"User":"1000:1000"`) {
		t.Errorf("info %s", got.Info)
	}
	if _, err := service.PullImage(ctx, spec(push(t, r, "b", "www:www")), nil, nil); err != nil {
		t.Fatal(err)
	}
	all, err := service.ListImages(ctx, nil)
	if err != nil || len(all) != 2 || all[1].Username != "www" || all[1].Uid != nil {
		t.Errorf("%+v, %v", all, err)
	}
	some, err := service.ListImages(ctx, &runtimeapi.ImageFilter{Image: spec(ref)})
	if err != nil || len(some) != 1 || some[0].Id != ref {
		t.Errorf("%+v, %v", some, err)
	}
	if none, err := service.ListImages(ctx, &runtimeapi.ImageFilter{Image: spec("nope")}); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
	info, err := service.ImageFsInfo(ctx)
	if err != nil || info.ImageFilesystems[0].UsedBytes.Value == 0 || info.ImageFilesystems[0].FsId.Mountpoint != store.Dir() || len(info.ContainerFilesystems) != 1 {
		t.Errorf("%+v, %v", info, err)
	}

	if _, err := store.Snapshots().Prepare(ctx, "c", ref); err != nil {
		t.Fatal(err)
	}
	if err := service.RemoveImage(ctx, spec(ref)); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("in use: %v", err)
	}
	if err := store.Snapshots().Remove(ctx, "c"); err != nil {
		t.Fatal(err)
	}
	if err := store.Pin(ctx, ref, true); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := service.RemoveImage(ctx, spec(name)); err != nil {
			t.Error(err)
		}
	}
	if got, err := service.ImageStatus(ctx, spec(ref), false); err != nil || got.Image != nil {
		t.Errorf("after: %v, %v", got, err)
	}
	if err := service.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestPullErrors(t *testing.T) {
	service, _ := open(t)
	r := NewRegistry(t)
	foreign := r.Push(t, "foreign", "v1", NewImage(t, "mips64", ocispec.Image{}))
	for _, tc := range []struct {
		name        string
		code        codes.Code
		unavailable bool
	}{
		{"Not A Name", codes.InvalidArgument, false},
		{r.Host + "/nope", codes.NotFound, false},
		{foreign, codes.NotFound, false},
		{"registry.invalid/x", codes.Unavailable, true},
	} {
		_, err := service.PullImage(t.Context(), spec(tc.name), &runtimeapi.AuthConfig{}, nil)
		if status.Code(err) != tc.code || errors.Is(err, crierrors.ErrRegistryUnavailable) != tc.unavailable {
			t.Errorf("%s: %s, %v", tc.name, status.Code(err), err)
		}
		var pull *registry.Error
		if tc.code != codes.InvalidArgument && !errors.As(err, &pull) {
			t.Errorf("%s: %v has no reason", tc.name, err)
		}
	}
	if err := service.RemoveImage(t.Context(), spec("Not A Name")); err != nil {
		t.Errorf("removing what cannot be: %v", err)
	}
}
