package server

import (
	"math/rand/v2"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"argosy.dev/cache"
	"argosy.dev/resource"
)

const (
	// bookmarkEvery is how often an idle watch is told how far it has got.
	bookmarkEvery = time.Minute
	// watchAtLeast and up to twice it is how long a watch without a timeout lasts, so that clients spread over servers anew.
	watchAtLeast = 30 * time.Minute
)

// watch streams events until the client goes, its timeout is over, or the server stops.
func (s *Server) watch(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, offer{custom: t.Resource.Custom(), shapes: true, collection: true, stream: true})
	if err != nil {
		return err
	}
	opts, err := listOptions(r)
	if err != nil {
		return err
	}
	encoder, err := newEventEncoder(r, out, t)
	if err != nil {
		return err
	}
	timeout := watchAtLeast + rand.N(watchAtLeast)
	if opts.TimeoutSeconds != nil && *opts.TimeoutSeconds > 0 {
		timeout = time.Duration(*opts.TimeoutSeconds) * time.Second
	}
	stream, err := s.Pipeline.Watch(r.Context(), t, resource.WatchOptions{Labels: opts.labels, Fields: opts.fields,
		ResourceVersion: opts.ResourceVersion, Match: opts.ResourceVersionMatch, SendInitialEvents: opts.SendInitialEvents, AllowBookmarks: opts.AllowWatchBookmarks})
	if err != nil && !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
		return err
	}
	s.Metrics.watches.Inc()
	defer s.Metrics.watches.Dec()
	c := &watchConnection{writer: w, control: http.NewResponseController(w), encode: encoder, patience: s.WatchWriteTimeout}
	w.Header().Set("Content-Type", encoder.contentType())
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(http.StatusOK)
	if err != nil {
		// An expired version is told within the stream, as clients expect it.
		c.fail(err)
		return nil
	}
	defer stream.Close()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	s.pump(r, c, stream, opts.AllowWatchBookmarks, deadline.C)
	return nil
}

// pump moves events to the client.
func (s *Server) pump(r *http.Request, c *watchConnection, stream *resource.Watch, bookmarks bool, deadline <-chan time.Time) {
	if !c.begin(stream) {
		return
	}
	if begun := requestOf(r).begun; begun != nil {
		begun()
	}
	var tick <-chan time.Time
	if bookmarks {
		ticker := time.NewTicker(bookmarkEvery)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.stop:
			return
		case <-deadline:
			return
		case <-tick:
			if rev, ok := stream.Progress(); ok && (!c.bookmark(rev, false) || !c.flush()) {
				return
			}
		case <-stream.Ready():
			events, err := stream.Take(r.Context())
			if err != nil {
				c.fail(err)
				return
			}
			for _, e := range events {
				if !c.event(e) {
					return
				}
			}
			if len(events) > 0 && !c.flush() {
				return
			}
		}
	}
}

// watchConnection writes events to one client; its methods tell whether the client is still there.
type watchConnection struct {
	writer  http.ResponseWriter
	control *http.ResponseController
	encode  *eventEncoder
	buffer  []byte
	// patience is how long one write may take.
	patience time.Duration
}

// watchBuffer is how much is gathered before it is written in any case.
const watchBuffer = 64 << 10

func (c *watchConnection) begin(stream *resource.Watch) bool {
	for _, e := range stream.Initial {
		if !c.event(resource.Event{Type: watch.Added, Entry: e}) {
			return false
		}
	}
	stream.Initial = nil // what they were need not be kept as long as the watch lasts
	if stream.InitialEnd && !c.bookmark(stream.Revision, true) {
		return false
	}
	return c.flush()
}

func (c *watchConnection) event(e resource.Event) bool {
	var err error
	if c.buffer, err = c.encode.event(c.buffer, e); err != nil {
		c.fail(apierrors.NewInternalError(err))
		return false
	}
	return len(c.buffer) < watchBuffer || c.write()
}

func (c *watchConnection) bookmark(rev cache.Revision, end bool) bool {
	var err error
	if c.buffer, err = c.encode.bookmark(c.buffer, rev, end); err != nil {
		c.fail(apierrors.NewInternalError(err))
		return false
	}
	return true
}

// fail tells the client why its watch ends.
func (c *watchConnection) fail(cause error) {
	api, ok := cause.(apierrors.APIStatus)
	if !ok {
		return // the client or the server is going: an end without a word is the right one
	}
	status := api.Status()
	status.Status = metav1.StatusFailure
	var err error
	if c.buffer, err = c.encode.status(c.buffer, &status); err == nil {
		c.flush()
	}
}

func (c *watchConnection) write() bool {
	if len(c.buffer) == 0 {
		return true
	}
	// A client that stops reading must not hold its memory here for ever.
	_ = c.control.SetWriteDeadline(time.Now().Add(c.patience))
	_, err := c.writer.Write(c.buffer)
	if cap(c.buffer) > 4*watchBuffer {
		c.buffer = nil
	}
	c.buffer = c.buffer[:0]
	return err == nil
}

func (c *watchConnection) flush() bool {
	if !c.write() {
		return false
	}
	return c.control.Flush() == nil
}
