package tunnel

import (
	"net"
	"sync"
	"time"
)

// watchEvery is how often connections are looked at.
const watchEvery = 5 * time.Second

// Watch closes gone when the peer of one of the connections has closed it or died. A reader learns the same from its reads; but whoever is
// blocked in passing on what came earlier does not read, and would wait for ever. What makes a peer that died tell so is something written to it, now
// and then, and TCP keep-alives if its machine died too. stop must be called.
func Watch(conns ...net.Conn) (gone <-chan struct{}, stop func()) {
	found, done := make(chan struct{}), make(chan struct{})
	go func() {
		ticks := time.NewTicker(watchEvery)
		defer ticks.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticks.C:
			}
			for _, conn := range conns {
				if !connected(transport(conn)) {
					close(found)
					return
				}
			}
		}
	}()
	return found, sync.OnceFunc(func() { close(done) })
}

// transport is what a connection runs over in the end.
func transport(conn net.Conn) net.Conn {
	for {
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = outer.NetConn()
	}
}
