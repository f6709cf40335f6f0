package http2

import "sync"

// idleWorkers is how many goroutines without work are kept.
const idleWorkers = 64

// workers are goroutines that run handlers one after the other: a fresh one would grow its stack anew for every request, copying it
// several times.
type workers struct {
	idle  chan *stream // who receives is a worker without work
	done  chan struct{}
	spare chan struct{} // a place for each worker that may wait
	once  *sync.Once
}

func newWorkers() workers {
	return workers{idle: make(chan *stream), done: make(chan struct{}), spare: make(chan struct{}, idleWorkers), once: new(sync.Once)}
}

// start runs the stream's handler.
func (w *workers) start(s *stream) {
	select {
	case w.idle <- s:
	default:
		go w.work(s)
	}
}

func (w *workers) work(s *stream) {
	for s != nil {
		s.run()
		select {
		case w.spare <- struct{}{}:
		default:
			return
		}
		select {
		case s = <-w.idle:
		case <-w.done:
			s = nil
		}
		<-w.spare
	}
}

// stop ends those without work, and others once they have none.
func (w *workers) stop() { w.once.Do(func() { close(w.done) }) }
