package demo

import (
	"errors"
	"os"
	"testing"

	"argosy.dev/runtime/image"
)

func TestInstall(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the image store needs root")
	}
	s, err := image.Open(image.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		if err := install(t.Context(), s, []byte("the program")); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.List(t.Context())
	if err != nil || len(all) != 2 || all[0].Names[0] != Name || all[1].Names[0] != NextName || all[0].ID == all[1].ID {
		t.Errorf("%+v, %v", all, err)
	}
	if layers, err := os.ReadDir(s.Dir() + "/layers"); err != nil || len(layers) != 1 {
		t.Errorf("the two share no layer: %v, %v", layers, err)
	}
	if err := install(t.Context(), s, []byte("a newer program")); err != nil {
		t.Fatal(err)
	}
	if newer, err := s.Resolve(t.Context(), Name); err != nil || newer.ID == all[0].ID {
		t.Errorf("%+v, %v", newer, err)
	}
	// What a clean clone without "make build" says; with it, the program itself is installed.
	err = Install(t.Context(), s)
	if _, missing := files.Open("bin/demo"); missing == nil != (err == nil) || err != nil && !errors.Is(err, ErrMissing) {
		t.Errorf("got %v", err)
	}
}
