package streams

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/gorilla/websocket"
)

// messageMax is how many bytes go into one message: some clients do not put messages together again that are sent in parts.
const messageMax = 32 << 10

// isWebSocket tells whether a request asks for a WebSocket.
func isWebSocket(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// acceptWebSocket answers an upgrade request with the first of the client's subprotocols that is in protocols; a client may name none
// if "" is among them. Where it is refused, the answer is written and nil returned.
func acceptWebSocket(w http.ResponseWriter, r *http.Request, protocols []string) (*websocket.Conn, *session) {
	wanted := websocket.Subprotocols(r)
	if len(wanted) == 0 {
		wanted = []string{""}
	}
	i := slices.IndexFunc(wanted, func(p string) bool { return slices.Contains(protocols, p) })
	if i < 0 {
		http.Error(w, fmt.Sprintf("requested protocol(s) are not supported: %q; supports %q", wanted, protocols), http.StatusBadRequest)
		return nil, nil
	}
	upgrader := websocket.Upgrader{
		ReadBufferSize: messageMax, WriteBufferSize: messageMax + 1,
		// Whoever comes here is the API server, with a certificate; it has no cookies that another page could abuse.
		CheckOrigin: func(*http.Request) bool { return true },
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			http.Error(w, reason.Error(), status)
		},
	}
	if wanted[i] != "" {
		upgrader.Subprotocols = wanted[i : i+1]
	}
	o := &over{ResponseWriter: w, r: r}
	ws, err := upgrader.Upgrade(o, r, nil)
	if err != nil {
		if o.s != nil {
			o.s.end()
		}
		return nil, nil // answered
	}
	return ws, o.s
}
