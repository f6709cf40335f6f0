package kubeconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd/api"
)

const (
	// Name is the name of the context, the cluster and the user.
	Name = "argosy"

	extensionName = "argosy.dev"
)

// Credentials are how the administrator reaches the cluster.
type Credentials struct {
	// DataDir is the cluster's data directory, absolute. Entries are recognized by it.
	DataDir string
	// Server is the API server's address, https://HOST:PORT; see [ServerURL].
	Server string
	// CA, Cert and Key are PEM.
	CA, Cert, Key []byte
}

// ServerURL is the address for clients on this machine of a server that listens on HOST:PORT. Where it listens on every
// address, they take the loopback one.
func ServerURL(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("the server's address %q: %w", listen, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.To4() == nil {
			host = "::1"
		}
	}
	return "https://" + net.JoinHostPort(host, port), nil
}

// mark is what the extension holds.
type mark struct {
	DataDir string `json:"dataDir"`
}

func (c Credentials) mark() (runtime.Object, error) {
	raw, err := json.Marshal(mark{DataDir: c.DataDir})
	if err != nil {
		return nil, err
	}
	return &runtime.Unknown{Raw: raw, ContentType: runtime.ContentTypeJSON}, nil
}

// readMark returns the data directory that an entry was made for, "" for an entry that is not Argosy's.
func readMark(extensions map[string]runtime.Object) string {
	unknown, ok := extensions[extensionName].(*runtime.Unknown)
	if !ok {
		return ""
	}
	var m mark
	if err := json.Unmarshal(unknown.Raw, &m); err != nil {
		return ""
	}
	return m.DataDir
}

// entries are the three entries of a file that have our name; each may be nil.
type entries struct {
	context *api.Context
	cluster *api.Cluster
	user    *api.AuthInfo
}

func entriesOf(config *api.Config) entries {
	return entries{config.Contexts[Name], config.Clusters[Name], config.AuthInfos[Name]}
}

// marks are the data directories of those entries that exist, "" for one that is not Argosy's.
func (e entries) marks() []string {
	var marks []string
	if e.context != nil {
		m := readMark(e.context.Extensions)
		if e.context.Cluster != Name || e.context.AuthInfo != Name {
			m = "" // somebody made it point elsewhere since
		}
		marks = append(marks, m)
	}
	if e.cluster != nil {
		marks = append(marks, readMark(e.cluster.Extensions))
	}
	if e.user != nil {
		marks = append(marks, readMark(e.user.Extensions))
	}
	return marks
}

// foreign is true if one of the entries is not Argosy's.
func (e entries) foreign() bool { return slices.Contains(e.marks(), "") }

// elsewhere is true if one of the entries is not Argosy's, or was made for another cluster: another data directory, and
// not this one under an earlier name, as the authority tells.
func (e entries) elsewhere(c Credentials) bool {
	if e.foreign() {
		return true
	}
	if e.cluster != nil && bytes.Equal(e.cluster.CertificateAuthorityData, c.CA) {
		return false
	}
	return slices.ContainsFunc(e.marks(), func(m string) bool { return m != c.DataDir })
}

// put sets the three entries. What the user has set on them beside, such as a default namespace, stays.
func (c Credentials) put(config *api.Config) error {
	mark, err := c.mark()
	if err != nil {
		return fmt.Errorf("marking the context %s: %w", Name, err)
	}
	e := entriesOf(config)
	if e.context == nil {
		e.context = api.NewContext()
	}
	if e.cluster == nil {
		e.cluster = api.NewCluster()
	}
	if e.user == nil {
		e.user = api.NewAuthInfo()
	}
	e.context.Cluster, e.context.AuthInfo = Name, Name
	e.context.Extensions = withMark(e.context.Extensions, mark)
	e.cluster.Server = c.Server
	e.cluster.CertificateAuthority, e.cluster.CertificateAuthorityData = "", c.CA
	e.cluster.Extensions = withMark(e.cluster.Extensions, mark)
	e.user.ClientCertificate, e.user.ClientCertificateData = "", c.Cert
	e.user.ClientKey, e.user.ClientKeyData = "", c.Key
	e.user.Extensions = withMark(e.user.Extensions, mark)
	config.Contexts[Name], config.Clusters[Name], config.AuthInfos[Name] = e.context, e.cluster, e.user
	return nil
}

func withMark(extensions map[string]runtime.Object, mark runtime.Object) map[string]runtime.Object {
	if extensions == nil {
		extensions = map[string]runtime.Object{}
	}
	extensions[extensionName] = mark
	return extensions
}

// remove takes away the entries that were made for dataDir.
func remove(config *api.Config, dataDir string) {
	e := entriesOf(config)
	if e.context != nil && readMark(e.context.Extensions) == dataDir {
		delete(config.Contexts, Name)
		if config.CurrentContext == Name {
			config.CurrentContext = ""
		}
	}
	if e.cluster != nil && readMark(e.cluster.Extensions) == dataDir {
		delete(config.Clusters, Name)
	}
	if e.user != nil && readMark(e.user.Extensions) == dataDir {
		delete(config.AuthInfos, Name)
	}
}
