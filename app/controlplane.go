package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"argosy.dev/access/authn"
	"argosy.dev/access/certificates"
	"argosy.dev/admission"
	"argosy.dev/base/identity"
	"argosy.dev/cache"
	"argosy.dev/client"
	"argosy.dev/extend/definitions"
	"argosy.dev/extend/usage"
	"argosy.dev/kinds/catalogue"
	"argosy.dev/resource"
	"argosy.dev/server"
	"argosy.dev/server/fairness"
	"argosy.dev/server/nodeproxy"
	"argosy.dev/store"
	"argosy.dev/store/embedded"
)

// The network ranges of a cluster, and its domain.
var (
	serviceRange = netip.MustParsePrefix("10.96.0.0/16")
	podRange     = netip.MustParsePrefix("10.244.0.0/16")
)

const clusterDomain = "cluster.local"

// controlPlane is the server's parts, as roles.go starts them one after the other.
type controlPlane struct {
	options  Options
	dir      *dataDir
	listener net.Listener
	log      *slog.Logger

	pki      *certificates.PKI
	store    store.Store
	cache    *cache.Cache
	pipeline *resource.Pipeline
	types    func() resource.Types
	rules    *mergeRules
	// definitions serves custom resources.
	definitions *definitions.Definitions
	tokens      *tokens
	gate        *fairness.Gate
	access      *accessRules
	nodes       *nodeproxy.Proxy
	usage       *usage.Figures
	web         *web

	controlling, scheduling atomic.Bool // these parts run
}

// hostName is the machine's name as certificates and nodes have it.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

func (c *controlPlane) openPKI(context.Context) error {
	ips, err := certificates.InterfaceIPs()
	if err != nil {
		return fmt.Errorf("finding the machine's addresses: %w", err)
	}
	host := certificates.Host{HostName: hostName(), NodeName: c.options.NodeName, Listen: c.listener.Addr().String(), IPs: ips}
	o := certificates.Options{Dir: c.dir.join(pkiDir), APIServer: certificates.APIServerNames(host, firstAddress(serviceRange), clusterDomain)}
	if c.options.Node {
		o.NodeName, o.Node = c.options.NodeName, certificates.NodeNames(host)
	}
	c.pki, err = certificates.Open(o)
	return err
}

// firstAddress is the first usable address of a range: the service "kubernetes" has it.
func firstAddress(p netip.Prefix) net.IP { return p.Addr().Next().AsSlice() }

func (c *controlPlane) openStore(ctx context.Context) (err error) {
	c.store, err = embedded.Open(ctx, embedded.Options{Dir: c.dir.join(storeDir), Logger: c.log})
	return err
}

func (c *controlPlane) closeStore(context.Context) error { return c.store.Close() }

// startTypes begins to read the merge rules of the built-in kinds, which takes a while that nothing else needs to wait for.
func (c *controlPlane) startTypes(context.Context) error {
	c.rules = newMergeRules()
	c.types = func() resource.Types { return c.rules }
	go c.rules.builtin()
	return nil
}

// openPipeline loads every kind from the store.
func (c *controlPlane) openPipeline(ctx context.Context) error {
	var err error
	if c.cache, err = cache.Open(c.store, c.log); err != nil {
		return err
	}
	read := &reader{}
	if c.tokens, err = newTokens(c.pki, read); err != nil {
		c.cache.Close()
		return err
	}
	c.access = newAccess(c.tokens, read)
	c.pipeline = resource.New(resource.Options{Store: c.store, Cache: c.cache, Admission: admission.Order(read, c.access), Types: c.types,
		Answers: c.access.answers(c.tokens), Computed: c.computed(), Log: c.log})
	read.Pipeline, c.access.roles.Pipeline = c.pipeline, c.pipeline
	for _, k := range catalogue.All() {
		if !c.serves(k) {
			continue
		}
		if _, err := c.pipeline.Add(ctx, k); err != nil {
			c.cache.Close()
			return err
		}
	}
	c.openNodes()
	return nil
}

func (c *controlPlane) closePipeline(context.Context) error {
	c.nodes.Close()
	c.cache.Close()
	return nil
}

// as is the in-process client of one component: the manager of the fields that it writes, and who it is.
func (c *controlPlane) as(manager, user string, groups ...string) client.Cluster {
	return &cluster{pipeline: c.pipeline, manager: manager, user: &identity.User{Name: user, Groups: append(groups, "system:authenticated")}}
}

func (c *controlPlane) newAuthenticator() *authn.Authenticator {
	return authn.New(c.tokens.verifier, c.pki.CA().Pool(), nil)
}

// checks are what /livez and /readyz ask.
func (c *controlPlane) checks() []server.Check {
	return []server.Check{
		{Name: "store", Run: func(ctx context.Context) error {
			_, _, err := c.store.Get(ctx, "/registry/health")
			return err
		}},
		{Name: "cache", Run: func(context.Context) error {
			select {
			case <-c.cache.Done():
				return errors.New("the cache has stopped following the store")
			default:
				return nil
			}
		}},
	}
}

// keepFresh renews certificates as they come to their end.
func (c *controlPlane) keepFresh(ctx context.Context) {
	c.pki.KeepFresh(ctx, 12*time.Hour, func(renewed []string, err error) {
		if err != nil {
			c.log.Warn("certificates could not be renewed; it is tried again in 12 hours", "error", err)
			return
		}
		c.log.Info("certificates were renewed", "files", renewed)
		if err := c.writeKubeconfig(); err != nil {
			c.log.Warn("the kubeconfig could not be written anew", "error", err)
		}
	})
}
