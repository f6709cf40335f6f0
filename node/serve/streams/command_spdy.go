package streams

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/streaming/pkg/httpstream"
)

// commandOverSPDY accepts the streams that the client opens, one for each that it announced, one for the command's end, and from the third version on
// one for the terminal's size.
func commandOverSPDY(w http.ResponseWriter, r *http.Request, o Options) *command {
	m := acceptSPDY(w, r, remotecommand.SupportedStreamingProtocols)
	if m == nil {
		return nil
	}
	resizes := m.protocol == remotecommand.StreamProtocolV4Name || m.protocol == remotecommand.StreamProtocolV3Name
	wanted := map[string]bool{
		remotecommand.StreamTypeError: true, remotecommand.StreamTypeStdin: o.Stdin, remotecommand.StreamTypeStdout: o.Stdout,
		remotecommand.StreamTypeStderr: o.Stderr, remotecommand.StreamTypeResize: o.TTY && resizes,
	}
	got := m.collect(wanted)
	if got == nil {
		m.finish()
		return nil
	}
	c := &command{session: m.session, sizes: newSizes(), stdin: got[remotecommand.StreamTypeStdin],
		stdout: got[remotecommand.StreamTypeStdout], stderr: got[remotecommand.StreamTypeStderr]}
	if resize := got[remotecommand.StreamTypeResize]; resize != nil {
		go readSizes(resize, c.sizes)
	}
	end := got[remotecommand.StreamTypeError]
	c.tell = func(s metav1.Status) { tellStatus(end, s, m.protocol == remotecommand.StreamProtocolV4Name) }
	c.finish = func() {
		for _, name := range []string{remotecommand.StreamTypeStdout, remotecommand.StreamTypeStderr, remotecommand.StreamTypeError} {
			if stream := got[name]; stream != nil {
				_ = stream.Close() // fails where the client is gone
			}
		}
		m.finish()
	}
	return c
}

// collect waits for the wanted streams, and until the client may use them. nil means that they did not come.
func (m *multiplexed) collect(wanted map[string]bool) map[string]httpstream.Stream {
	missing := 0
	for _, is := range wanted {
		if is {
			missing++
		}
	}
	expired := time.NewTimer(streamsWithin)
	defer expired.Stop()
	got := map[string]httpstream.Stream{}
	var came []incoming
	for missing > 0 {
		select {
		case stream := <-m.incoming:
			name := stream.Headers().Get(remotecommand.StreamType)
			if !wanted[name] || got[name] != nil {
				_ = stream.Reset()
				m.forget(stream.Stream)
				continue
			}
			got[name] = stream.Stream
			came = append(came, stream)
			missing--
		case <-m.session.ctx.Done():
			return nil
		case <-expired.C:
			return nil
		}
	}
	for _, stream := range came {
		if !m.ready(stream) {
			return nil
		}
	}
	return got
}

func readSizes(from io.Reader, to *sizes) {
	decoder := json.NewDecoder(from)
	for {
		var size remotecommand.TerminalSize
		if decoder.Decode(&size) != nil {
			return
		}
		to.set(size)
	}
}

// tellStatus writes a command's end: as JSON in the newer versions, before that the text of a failure.
func tellStatus(w io.Writer, s metav1.Status, asJSON bool) {
	text := []byte(s.Message)
	if asJSON {
		text, _ = json.Marshal(s) // plain data does not fail
	} else if s.Status == metav1.StatusSuccess {
		return
	}
	_, _ = w.Write(text) // a client that is gone needs no answer
}
