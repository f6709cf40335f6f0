package streams

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
)

var channelForwardProtocols = []string{protocolV4, protocolV4Base64}

// forwardChannels serves the older way over WebSocket: the ports are in the query, each has one connection, on a channel for its data and the
// next for an error. Both begin with the port as two bytes, little-endian.
func forwardChannels(w http.ResponseWriter, r *http.Request, dial Dial) {
	ports, err := parsePorts(r.URL.Query()[portforward.PortHeader])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ws, s := acceptWebSocket(w, r, channelForwardProtocols)
	if ws == nil {
		return
	}
	ch := newChannels(ws, s)
	var dialled sync.WaitGroup
	for i, port := range ports {
		n := byte(2 * i)
		in, feed := io.Pipe()
		ch.readers[n] = func(message io.Reader) { _, _ = io.Copy(feed, message) } // nobody may want it any more
		ch.closers[n] = func() { feed.Close() }
		dialled.Go(func() { forwardChannel(s.ctx, ch, n, port, in, dial) })
	}
	ch.start()
	dialled.Wait()
	ch.finish()
}

func forwardChannel(ctx context.Context, ch *channels, n byte, port int32, in *io.PipeReader, dial Dial) {
	defer in.Close() // what still comes is dropped
	data, fault := ch.writer(n), ch.writer(n+1)
	head := binary.LittleEndian.AppendUint16(nil, uint16(port))
	for _, w := range []io.Writer{data, fault} {
		if _, err := w.Write(head); err != nil {
			return // the client is gone
		}
	}
	stream := struct {
		io.Reader
		io.WriteCloser
	}{in, data}
	if err := dial(ctx, port, stream); err != nil {
		_, _ = fmt.Fprintf(fault, "error forwarding port %d: %v", port, err) // a client that is gone needs no answer
	}
}

// portsMax is how many ports' channels have numbers.
const portsMax = 127

func parsePorts(values []string) ([]int32, error) {
	var ports []int32
	for _, value := range values {
		for text := range strings.SplitSeq(value, ",") {
			n, err := strconv.ParseUint(text, 10, 16)
			if err != nil || n == 0 {
				return nil, fmt.Errorf("unable to parse %q as a port: it must be a number from 1 to 65535", text)
			}
			ports = append(ports, int32(n))
		}
	}
	if len(ports) == 0 || len(ports) > portsMax {
		return nil, fmt.Errorf("%d ports are to be forwarded, and must be 1 to %d", len(ports), portsMax)
	}
	return ports, nil
}
