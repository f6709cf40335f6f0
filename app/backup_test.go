package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argosy.dev/store"
	"argosy.dev/store/backup"
	"argosy.dev/store/embedded"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// backupServer answers like a server that streams its store, and returns a kubeconfig for it.
func backupServer(t *testing.T, answer http.HandlerFunc) (kubeconfig string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+StoreBackupPath, answer)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: s.URL}
	config.Contexts["c"] = &clientcmdapi.Context{Cluster: "c"}
	config.CurrentContext = "c"
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

// someState is a data directory of a stopped cluster with one object in it, and a backup of that.
func someState(t *testing.T) (dataDir string, file []byte) {
	t.Helper()
	dataDir = filepath.Join(t.TempDir(), "data")
	dir, err := openDataDir(dataDir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: dir.join(storeDir)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Commit(t.Context(), store.Change{Key: "/registry/x", Value: bytes.Repeat([]byte("state "), 10_000)}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), s, &b); err != nil {
		t.Fatal(err)
	}
	return dataDir, b.Bytes()
}

func TestBackupOfALiveCluster(t *testing.T) {
	_, content := someState(t)
	kubeconfig := backupServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })

	file := filepath.Join(t.TempDir(), "backup")
	var out, errOut bytes.Buffer
	if err := BackupStore(t.Context(), StoreBackup{Kubeconfig: kubeconfig, File: file}, &out, &errOut); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v; want %d", len(got), err, len(content))
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if !strings.Contains(out.String(), file+": 1 objects at revision 1") {
		t.Errorf("it said %q", out.String())
	}

	out.Reset()
	if err := BackupStore(t.Context(), StoreBackup{Kubeconfig: kubeconfig, File: "-"}, &out, &errOut); err != nil || !bytes.Equal(out.Bytes(), content) {
		t.Errorf("to standard output: %d bytes, %v", out.Len(), err)
	}
}

func TestBackupOfAStoppedCluster(t *testing.T) {
	dataDir, content := someState(t)
	var out, errOut bytes.Buffer
	if err := BackupStore(t.Context(), StoreBackup{DataDir: dataDir, File: "-"}, &out, &errOut); err != nil || !bytes.Equal(out.Bytes(), content) {
		t.Errorf("%d bytes, %v; want %d", out.Len(), err, len(content))
	}
	if !strings.Contains(errOut.String(), "1 objects at revision 1") {
		t.Errorf("it said %q", errOut.String())
	}
}

// A backup that the server could not finish must not look like one.
func TestBackupIsWholeOrNotThere(t *testing.T) {
	_, content := someState(t)
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(content[:len(content)/2])
			panic(http.ErrAbortHandler)
		}, "cut off"},
		{"ended early", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(content[:len(content)/2])
		}, "cut off"},
		{"refused", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"only administrators may","reason":"Forbidden","code":403}`)
		}, "only administrators may"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			b := StoreBackup{Kubeconfig: backupServer(t, tt.answer), File: filepath.Join(dir, "backup")}
			if err := os.WriteFile(b.File, []byte("yesterday's"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := BackupStore(t.Context(), b, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that mentions %q", err, tt.want)
			}
			if got, err := os.ReadFile(b.File); err != nil || string(got) != "yesterday's" {
				t.Errorf("the file of that name holds %.20q, %v", got, err)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("left over: %v", entries)
			}
		})
	}
}

func TestBackupOfNothing(t *testing.T) {
	err := BackupStore(t.Context(), StoreBackup{DataDir: t.TempDir(), File: "-"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("error %v", err)
	}
}

func TestBackupStopsWithItsContext(t *testing.T) {
	begun := make(chan struct{})
	kubeconfig := backupServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	err := BackupStore(ctx, StoreBackup{Kubeconfig: kubeconfig, File: "-"}, io.Discard, io.Discard)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}
