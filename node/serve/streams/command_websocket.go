package streams

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// The subprotocols of exec and attach. v5 tells the end of input; from v4 on the command's end is a Status.
const (
	protocolV5       = remotecommand.StreamProtocolV5Name
	protocolV4       = remotecommand.StreamProtocolV4Name
	protocolV4Base64 = "v4.base64.channel.k8s.io"
	protocolV1       = remotecommand.StreamProtocolV1Name
	protocolV1Base64 = "base64.channel.k8s.io"
)

var commandProtocols = []string{protocolV5, protocolV4, protocolV4Base64, protocolV1, protocolV1Base64, ""}

func commandOverWebSocket(w http.ResponseWriter, r *http.Request, o Options) *command {
	ws, s := acceptWebSocket(w, r, commandProtocols)
	if ws == nil {
		return nil
	}
	ch := newChannels(ws, s)
	in, feed := io.Pipe()
	c := &command{session: s, stdin: in, stdout: ch.writer(remotecommand.StreamStdOut), stderr: ch.writer(remotecommand.StreamStdErr), sizes: newSizes()}
	if o.Stdin {
		ch.readers[remotecommand.StreamStdIn] = func(message io.Reader) { _, _ = io.Copy(feed, message) } // nobody may want it any more
		ch.closers[remotecommand.StreamStdIn] = func() { feed.Close() }
	}
	ch.readers[remotecommand.StreamResize] = func(message io.Reader) {
		var size remotecommand.TerminalSize
		if json.NewDecoder(message).Decode(&size) == nil {
			c.sizes.set(size)
		}
	}
	end := ch.writer(remotecommand.StreamErr)
	asStatus := ws.Subprotocol() == protocolV5 || strings.HasPrefix(ws.Subprotocol(), "v4.")
	c.tell = func(s metav1.Status) { tellStatus(end, s, asStatus) }
	c.finish = func() {
		in.Close() // what still comes is dropped
		ch.finish()
	}
	ch.start()
	// Clients know by a first message, an empty one, that they are connected.
	first := end
	switch {
	case o.Stdout:
		first = c.stdout
	case o.Stderr:
		first = c.stderr
	}
	_, _ = first.Write(nil)
	return c
}
