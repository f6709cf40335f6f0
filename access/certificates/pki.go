package certificates

import (
	"context"
	"fmt"
	"sync"
	"time"

	"argosy.dev/access"
)

// Files of the authorities, without their endings.
const (
	caFile         = "ca"
	frontProxyFile = "front-proxy-ca"
)

// Client names one of the cluster's own client certificates.
type Client string

// The clients that a PKI keeps certificates for; each is also the name of its file.
const (
	Admin             Client = "admin"
	ControllerManager Client = "controller-manager"
	Scheduler         Client = "scheduler"
	Node              Client = "node-client"
)

// AdminUser is the user name in the administrator's certificate.
const AdminUser = "argosy-admin"

const (
	apiServerFile  = "apiserver"
	nodeServerFile = "node-server"
)

// Options say what a PKI is to hold.
type Options struct {
	// Dir is the directory, made if it does not exist.
	Dir string
	// APIServer are the names of the API server; see [APIServerNames].
	APIServer Names
	// NodeName is the node that this process runs; empty for none.
	NodeName string
	// Node are the names of the node's own server; see [NodeNames].
	Node Names
	// Now is the clock; nil means the machine's.
	Now func() time.Time
}

// PKI is the cluster's keys and certificates.
type PKI struct {
	dir        *directory
	now        func() time.Time
	ca         *Authority
	frontProxy *Authority
	tokens     TokenKeys
	apiServer  Serving
	nodeServer Serving

	mu     sync.Mutex
	leaves []*leaf
}

// Open reads what is in the directory, makes what is missing and renews what is due.
func Open(o Options) (*PKI, error) {
	p := &PKI{now: o.Now}
	if p.now == nil {
		p.now = time.Now
	}
	var err error
	if p.dir, err = openDirectory(o.Dir); err != nil {
		return nil, err
	}
	if p.ca, err = openAuthority(p.dir, caFile, p.now()); err != nil {
		return nil, err
	}
	if p.frontProxy, err = openAuthority(p.dir, frontProxyFile, p.now()); err != nil {
		return nil, err
	}
	if p.tokens, err = openTokenKeys(p.dir); err != nil {
		return nil, err
	}
	p.leaves = leaves(o)
	for _, l := range p.leaves {
		if err := l.request.check(); err != nil {
			return nil, fmt.Errorf("the certificate %s: %w", p.dir.path(l.file()), err)
		}
		if err := l.open(p.dir, p.ca); err != nil {
			return nil, err
		}
		if err := p.use(l); err != nil {
			return nil, err
		}
	}
	if _, err := p.Renew(); err != nil {
		return nil, err
	}
	return p, nil
}

func leaves(o Options) []*leaf {
	all := []*leaf{
		{name: apiServerFile, request: serverRequest("kube-apiserver", nil, o.APIServer)},
		{name: string(Admin), request: clientRequest(AdminUser, []string{access.Masters})},
		{name: string(ControllerManager), request: clientRequest(access.ControllerManager, nil)},
		{name: string(Scheduler), request: clientRequest(access.Scheduler, nil)},
	}
	if o.NodeName != "" {
		user, groups := access.NodeUser(o.NodeName), []string{access.Nodes}
		all = append(all,
			&leaf{name: string(Node), request: clientRequest(user, groups)},
			&leaf{name: nodeServerFile, request: serverRequest(user, groups, o.Node)})
	}
	return all
}

// use hands a server's certificate to the server that shows it.
func (p *PKI) use(l *leaf) error {
	if l.cert == nil {
		return nil
	}
	switch l.name {
	case apiServerFile:
		return p.apiServer.Set(l.pair)
	case nodeServerFile:
		return p.nodeServer.Set(l.pair)
	}
	return nil
}

// CA is the cluster's authority.
func (p *PKI) CA() *Authority { return p.ca }

// FrontProxyCA is the authority of proxies that forward requests in others' names.
func (p *PKI) FrontProxyCA() *Authority { return p.frontProxy }

// TokenKeys are the keys of service account tokens.
func (p *PKI) TokenKeys() TokenKeys { return p.tokens }

// APIServer is the API server's certificate, kept current by [PKI.Renew].
func (p *PKI) APIServer() *Serving { return &p.apiServer }

// NodeServer is the node's certificate, kept current by [PKI.Renew]; it has none where no node was named.
func (p *PKI) NodeServer() *Serving { return &p.nodeServer }

// Client returns a client certificate as it now is; the zero Pair for a node where none was named.
func (p *PKI) Client(c Client) Pair {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.leaves {
		if l.name == string(c) {
			return l.pair
		}
	}
	return Pair{}
}

// IssueClient makes a certificate, not kept on disk, by which a client is the given user in the given groups for ttl, or
// until the authority ends if that is sooner.
func (p *PKI) IssueClient(user string, groups []string, ttl time.Duration) (Pair, error) {
	r := clientRequest(user, groups)
	if err := r.check(); err != nil {
		return Pair{}, err
	}
	if ttl <= 0 {
		return Pair{}, fmt.Errorf("issuing a certificate for %s: it would be valid for %v", r, ttl)
	}
	pair, _, err := p.ca.issue(r, ttl, p.now())
	return pair, err
}

// IssueServer makes a server certificate, not kept on disk, for a year.
func (p *PKI) IssueServer(name string, names Names) (Pair, error) {
	r := serverRequest(name, nil, names)
	if err := r.check(); err != nil {
		return Pair{}, err
	}
	pair, _, err := p.ca.issue(r, leafLife, p.now())
	return pair, err
}

// Renew issues anew what is due and returns the names of the files it wrote. Servers show the new certificate at once.
// After an error everything is as before.
func (p *PKI) Renew() ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	var stale []*leaf
	var fresh []leaf // for stale, by index
	for _, l := range p.leaves {
		if !l.due(p.ca, now) {
			continue
		}
		pair, cert, err := p.ca.issue(l.request, leafLife, now)
		if err != nil {
			return nil, err
		}
		stale, fresh = append(stale, l), append(fresh, leaf{pair: pair, cert: cert})
	}
	var renewed []string
	for i, l := range stale {
		p.dir.write(l.file(), fresh[i].pair.file(), privateMode)
		renewed = append(renewed, l.file())
	}
	if err := p.dir.commit(); err != nil {
		return nil, err
	}
	for i, l := range stale {
		l.pair, l.cert = fresh[i].pair, fresh[i].cert
		if err := p.use(l); err != nil {
			return nil, err
		}
	}
	return renewed, nil
}

// KeepFresh calls Renew once in every interval until ctx ends, and report whenever it renewed something or failed.
func (p *PKI) KeepFresh(ctx context.Context, interval time.Duration, report func(renewed []string, err error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if renewed, err := p.Renew(); len(renewed) > 0 || err != nil {
				report(renewed, err)
			}
		}
	}
}
