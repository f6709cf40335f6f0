package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"argosy.dev/store"
	"argosy.dev/store/backup"
	"argosy.dev/store/embedded"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// StoreBackupPath is where the server streams a backup of its store to an administrator (GET, application/octet-stream). A
// backup that cannot be finished must end the connection, not the body, so that the client knows.
const StoreBackupPath = "/argosy/v1/store/backup"

// StoreBackup says what to back up, and to where.
type StoreBackup struct {
	// DataDir is the cluster's data directory. If a process holds it, the backup comes from that process.
	DataDir string
	// Kubeconfig, if set, names the running server to take the backup from; DataDir is not looked at then.
	Kubeconfig string
	// File is where the backup goes; "-" is out.
	File string
}

// BackupStore writes every object of a cluster, as of one revision, into one file (mode 0600: it holds the Secrets). It works
// on a live cluster, through its server, and on one that is stopped. The file appears whole and checked, or not at all; what
// goes to standard output is a backup only if there is no error.
func BackupStore(ctx context.Context, b StoreBackup, out, errOut io.Writer) error {
	source, err := openBackup(ctx, b)
	if err != nil {
		return err
	}
	defer source.Close()
	if b.File == "-" {
		c, err := copyBackup(out, source)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(errOut, "standard output: %v\n", c)
		return err
	}
	var c contents
	err = writeFile(b.File, func(w io.Writer) error {
		c, err = copyBackup(w, source)
		return err
	})
	if err != nil {
		return fmt.Errorf("backing up to %s: %w", b.File, err)
	}
	_, err = fmt.Fprintf(out, "%s: %v\n", b.File, c)
	return err
}

// contents says what is in a backup.
type contents struct {
	objects  int
	revision store.Revision
}

func (c contents) String() string {
	return fmt.Sprintf("%d objects at revision %d", c.objects, c.revision)
}

// copyBackup copies a backup and checks it on the way: one that ends early is an error.
func copyBackup(w io.Writer, r io.Reader) (c contents, err error) {
	c.revision, err = backup.Read(io.TeeReader(r, w), func(store.Record) error {
		c.objects++
		return nil
	})
	return c, err
}

// openBackup begins a backup, of a running server or of the directory of a stopped one.
func openBackup(ctx context.Context, b StoreBackup) (io.ReadCloser, error) {
	if b.Kubeconfig != "" {
		return openServer(ctx, b.Kubeconfig)
	}
	if err := existingDataDir(b.DataDir); err != nil {
		return nil, err
	}
	dir, err := openDataDir(b.DataDir)
	if errors.Is(err, errInUse) {
		return openServer(ctx, filepath.Join(b.DataDir, "kubeconfig"))
	}
	if err != nil {
		return nil, err
	}
	return openStopped(ctx, dir)
}

// openServer begins a backup that a server streams.
func openServer(ctx context.Context, kubeconfig string) (io.ReadCloser, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the credentials of the running cluster: %w; name its kubeconfig with --kubeconfig", err)
	}
	config.GroupVersion = &schema.GroupVersion{} // the client wants one; only errors are decoded
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("preparing a client of %s: %w", config.Host, err)
	}
	body, err := client.Get().AbsPath(StoreBackupPath).Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking %s for a backup: %w", config.Host, err)
	}
	return body, nil
}

// openStopped begins a backup of a stopped cluster. Closing it gives the directory back.
func openStopped(ctx context.Context, dir *dataDir) (io.ReadCloser, error) {
	path := dir.join(storeDir)
	_, err := os.Stat(path) // Open would make it
	var s store.Store
	if err == nil {
		s, err = embedded.Open(ctx, embedded.Options{Dir: path, MinFree: -1})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store: %w", err), dir.Close())
	}
	r, w := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, err := backup.Write(ctx, s, w)
		w.CloseWithError(err) // nil is the end of the file
	}()
	return &stoppedBackup{r, func() error {
		<-written
		return errors.Join(s.Close(), dir.Close())
	}}, nil
}

// stoppedBackup reads what is written while it is read, and releases the store once nothing writes any more.
type stoppedBackup struct {
	*io.PipeReader
	release func() error
}

func (b *stoppedBackup) Close() error {
	return errors.Join(b.PipeReader.Close(), b.release())
}
