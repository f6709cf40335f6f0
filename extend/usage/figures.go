package usage

import (
	"context"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
)

// Figures tells what the cluster uses.
type Figures struct {
	nodes client.Resource[*corev1.Node]
	pods  client.Resource[*corev1.Pod]
	fetch Fetch
	log   *slog.Logger

	mu    sync.Mutex
	known map[string]*watched // by node
}

// New makes figures of a cluster whose nodes fetch reaches.
func New(cluster client.Cluster, fetch Fetch, log *slog.Logger) *Figures {
	return &Figures{nodes: client.Nodes(cluster), pods: client.Pods(cluster), fetch: fetch, log: log, known: map[string]*watched{}}
}

// atOnce is how many nodes are asked at the same time.
const atOnce = 100

// look asks nodes what they use, and leaves out those that do not tell.
func (f *Figures) look(ctx context.Context, nodes []string) map[string]pair {
	var mu sync.Mutex
	found := make(map[string]pair, len(nodes))
	var asking errgroup.Group
	asking.SetLimit(atOnce)
	for _, name := range nodes {
		w := f.watched(name)
		asking.Go(func() error {
			p, err := w.look(ctx, name, f.fetch)
			if err != nil {
				f.log.Debug("a node is left out of the metrics", "node", name, "error", err)
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			found[name] = p
			return nil
		})
	}
	_ = asking.Wait() // none returns an error
	f.forget()
	return found
}

func (f *Figures) watched(node string) *watched {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.known[node]
	if w == nil {
		w = newWatched()
		f.known[node] = w
	}
	return w
}

// forget lets go of nodes that there are no more.
func (f *Figures) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name := range f.known {
		if _, ok := f.nodes.Get("", name); !ok {
			delete(f.known, name)
		}
	}
}
