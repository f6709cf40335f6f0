package demo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/opencontainers/go-digest"

	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/build"
)

// The images' names, and the port that they serve on.
const (
	Name     = "argosy.dev/demo:v1"
	NextName = "argosy.dev/demo:v2"
	Port     = 8080
)

// ErrMissing says that this binary was built without the demo.
var ErrMissing = errors.New("this binary was built without the demo image; build it with \"make build\"")

//go:embed all:bin
var files embed.FS

// Install makes the images in a store unless they are there. They hold this binary's own program: a newer binary brings its own.
func Install(ctx context.Context, store *image.Store) error {
	program, err := files.ReadFile("bin/demo")
	if errors.Is(err, fs.ErrNotExist) {
		return ErrMissing
	}
	if err != nil {
		return fmt.Errorf("reading the demo image: %w", err)
	}
	return install(ctx, store, program)
}

// programLabel tells which program an image holds.
const programLabel = "dev.argosy.demo.program"

func install(ctx context.Context, store *image.Store, program []byte) error {
	which := digest.FromBytes(program).String()
	if installed(ctx, store, Name, which) && installed(ctx, store, NextName, which) {
		return nil
	}
	for _, o := range []build.Options{{
		Name:         Name,
		Add:          []build.Add{{Data: program, Mode: 0o755, Dst: "/demo"}},
		Entrypoint:   []string{"/demo"},
		Env:          []string{"PATH=/", "VERSION=v1"},
		User:         "65532:65532",
		ExposedPorts: []string{fmt.Sprint(Port)},
		Labels:       map[string]string{"org.opencontainers.image.title": "Argosy demo", programLabel: which},
	}, {
		Name: NextName, Base: Name, Env: []string{"VERSION=v2"},
	}} {
		if _, err := build.Image(ctx, store, o); err != nil {
			return fmt.Errorf("installing the demo image: %w", err)
		}
	}
	return nil
}

func installed(ctx context.Context, store *image.Store, name, which string) bool {
	i, err := store.Resolve(ctx, name)
	return err == nil && i.Config.Config.Labels[programLabel] == which
}
