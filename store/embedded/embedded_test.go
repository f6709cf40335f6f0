package embedded_test

import (
	"log/slog"
	"testing"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
	"argosy.dev/store/storetest"
)

func open(t *testing.T, dir string) store.Store {
	t.Helper()
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) { storetest.Run(t, open) }
