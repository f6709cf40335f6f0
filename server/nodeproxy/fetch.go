package nodeproxy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Fetch reads what a node's API shows under a path. The caller closes it.
func (p *Proxy) Fetch(ctx context.Context, node, path string) (io.ReadCloser, error) {
	host, err := p.nodeHost(node)
	if err != nil {
		return nil, err
	}
	to := url.URL{Scheme: "https", Host: host, Path: "/" + path}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("asking node %s: %w", node, err)
	}
	answer, err := p.nodes.RoundTrip(ask)
	if err != nil {
		return nil, unreachable(host, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, refused(answer, "")
	}
	return answer.Body, nil
}
