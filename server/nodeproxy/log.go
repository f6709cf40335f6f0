package nodeproxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/streaming/pkg/httpstream/wsstream"

	"argosy.dev/facts/podlogs"
	"argosy.dev/resource"
)

// log answers GET pods/NAME/log.
func (p *Proxy) log(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	options, err := podlogs.Parse(r.URL.Query())
	if err != nil {
		return err
	}
	if err := podlogs.Validate(t.Name, options); err != nil {
		return err
	}
	pod, err := p.pod(t)
	if err != nil {
		return err
	}
	name, err := container(pod, options.Container)
	if err != nil {
		return err
	}
	if pod.Spec.NodeName == "" {
		w.WriteHeader(http.StatusNoContent) // nothing has been said yet
		return nil
	}
	to, err := p.location(pod, podlogs.Query(options), "containerLogs", pod.Namespace, pod.Name, name)
	if err != nil {
		return err
	}
	transport := p.nodes
	if options.InsecureSkipTLSVerifyBackend {
		transport = p.unproven
	}
	return stream(w, r, transport, to)
}

// stream sends a node's answer on as it comes: as a body, or as the messages of a WebSocket where the client asks for one.
func stream(w http.ResponseWriter, r *http.Request, transport *http.Transport, to *url.URL) error {
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, to.String(), nil)
	if err != nil {
		return apierrors.NewInternalError(fmt.Errorf("asking the node: %w", err))
	}
	answer, err := transport.RoundTrip(ask)
	if err != nil {
		return unreachable(to.Host, err)
	}
	if answer.StatusCode != http.StatusOK {
		return refused(answer, "")
	}
	defer answer.Body.Close()
	if wsstream.IsWebSocketRequest(r) {
		// The client's pings keep the connection; an error once it is upgraded has nobody to be told to.
		_ = wsstream.NewReader(answer.Body, true, wsstream.NewDefaultReaderProtocols()).Copy(hijackable{w}, r)
		return nil
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		if flusher.Flush() != nil {
			return nil // the client is gone
		}
		n, err := answer.Body.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return nil // the client is gone
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil && r.Context().Err() == nil:
			panic(http.ErrAbortHandler) // the client must not take this for the log's end
		case err != nil:
			return nil
		}
	}
}

// hijackable gives the connection of a writer that others have wrapped.
type hijackable struct{ http.ResponseWriter }

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}
