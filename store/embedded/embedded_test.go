package embedded_test

import (
	"log/slog"
	"os"
	"testing"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
	"argosy.dev/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashWriter(dir)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, dir string) store.Store {
	t.Helper()
	return openWith(t, embedded.Options{Dir: dir})
}

func openWith(t testing.TB, o embedded.Options) store.Store {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	s, err := embedded.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func commit(t testing.TB, s store.Store, c store.Change) store.Revision {
	t.Helper()
	rev, err := s.Commit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func closed(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestContract(t *testing.T) { storetest.Run(t, open) }
