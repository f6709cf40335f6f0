package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"argosy.dev/access/certificates"
	"argosy.dev/access/kubeconfig"
	"argosy.dev/base/version"
	"argosy.dev/server"
	"argosy.dev/server/http2"
	"argosy.dev/server/openapi"
	"argosy.dev/store/backup"
)

// web is the API server's sockets.
type web struct {
	api    *server.Server
	http   *http.Server
	served chan error
}

const (
	// headerTimeout bounds how long a client may take to say what it wants.
	headerTimeout = 10 * time.Second
	// idleTimeout is how long a connection without requests is kept.
	idleTimeout = 3 * time.Minute
	// streamsPerConnection is how many requests and watches one HTTP/2 connection may carry.
	streamsPerConnection = 10000
)

func (c *controlPlane) startWeb(context.Context) error {
	address, err := kubeconfig.ServerURL(c.listener.Addr().String())
	if err != nil {
		return err
	}
	public, err := c.tokens.documents(address)
	if err != nil {
		return err
	}
	public[StoreBackupPath] = http.HandlerFunc(c.serveBackup)
	who := c.newAuthenticator()
	api := server.New(server.Options{
		Pipeline: c.pipeline, Authenticate: who.Authenticate, Impersonate: c.access.impersonate, Authorize: c.access.authorize,
		Fairness: c.gate, Connectors: c.nodes.Connectors(),
		OpenAPI: openapi.New(openapi.Options{Resource: c.has, Path: func(path string) bool { return path == "/version" || public[path] != nil }}),
		Public:  public, Checks: c.checks(), Version: version.Get(), Log: c.log,
	})
	c.web = &web{api: api, served: make(chan error, 1), http: &http.Server{
		Handler: api, ConnContext: who.ConnContext, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		TLSConfig: c.pki.APIServer().UsersTLSConfig(c.pki.CA()),
		// Broken handshakes are the clients' business.
		ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelDebug),
	}}
	c.web.http.TLSConfig.DynamicRecordSizingDisabled = true // small records would cost a system call each
	http2.New(http2.Options{Streams: streamsPerConnection, Idle: idleTimeout, Log: c.log}).Attach(c.web.http)
	go func() { c.web.served <- c.web.http.ServeTLS(http2.Listen(c.listener), "", "") }()
	return nil
}

// has tells OpenAPI what is served.
func (c *controlPlane) has(group, version, resource string) bool {
	return hasResource(c.pipeline, group, version, resource)
}

func (c *controlPlane) stopWeb(ctx context.Context) error {
	c.web.api.Shutdown()
	err := c.web.http.Shutdown(ctx)
	if err != nil {
		// A client holds on: its connection is cut.
		err = c.web.http.Close()
	}
	if served := <-c.web.served; !errors.Is(served, http.ErrServerClosed) {
		return errors.Join(err, served)
	}
	return err
}

// credentials are the administrator's.
func (c *controlPlane) credentials() (kubeconfig.Credentials, error) {
	address, err := kubeconfig.ServerURL(c.listener.Addr().String())
	if err != nil {
		return kubeconfig.Credentials{}, err
	}
	pair := c.pki.Client(certificates.Admin)
	return kubeconfig.Credentials{DataDir: c.dir.path, Server: address, CA: c.pki.CA().CertPEM, Cert: pair.CertPEM, Key: pair.KeyPEM}, nil
}

// writeKubeconfig writes the administrator's file.
func (c *controlPlane) writeKubeconfig() error {
	credentials, err := c.credentials()
	if err != nil {
		return err
	}
	return kubeconfig.Write(c.options.KubeconfigPath(), credentials)
}

// mergeKubeconfig adds the context to the user's own files. What it returns is a warning.
func (c *controlPlane) mergeKubeconfig() error {
	if c.options.Kubeconfig != "" {
		return nil
	}
	credentials, err := c.credentials()
	if err != nil {
		return err
	}
	return kubeconfig.Merge(kubeconfig.UserFiles(os.Getenv), credentials)
}

// serveBackup streams a backup of the store. The connection breaks off where the backup does: a whole one says so in its last frame.
func (c *controlPlane) serveBackup(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		http.Error(w, "a backup is read with GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if _, err := backup.Write(r.Context(), c.store, w); err != nil {
		c.log.Warn("a backup broke off", "error", fmt.Errorf("writing to the client: %w", err))
		panic(http.ErrAbortHandler)
	}
}
