package server

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/resource"
)

// bodyAtOnce is how much memory a body gets before it has come: more only as it comes.
const bodyAtOnce = 64 << 10

// readBody reads the whole body, up to the limit, and no longer than a request may take.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > s.MaxBody {
		return nil, s.tooLarge()
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.RequestTimeout)) // some writers, of tests, have no connection
	if r.ProtoMajor < 2 {
		// The connection is used again; a stream of HTTP/2 is not.
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	body := http.MaxBytesReader(w, r.Body, s.MaxBody)
	var data []byte
	var err error
	if n := r.ContentLength; n > 0 && n <= bodyAtOnce {
		data = make([]byte, n)
		_, err = io.ReadFull(body, data)
	} else {
		data, err = io.ReadAll(body)
	}
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, s.tooLarge()
	case err != nil:
		return nil, apierrors.NewBadRequest(fmt.Sprintf("the request's body could not be read: %v", err))
	}
	return data, nil
}

func (s *Server) tooLarge() error {
	return apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", s.MaxBody))
}

// object reads a body that holds an object.
func (s *Server) object(w http.ResponseWriter, r *http.Request, custom bool) (resource.Body, error) {
	kind, err := bodyMedia(r, custom)
	if err != nil {
		return resource.Body{}, err
	}
	data, err := s.readBody(w, r)
	return resource.Body{Data: data, MediaType: kind}, err
}

// bodyMedia is how a body is written: JSON where it does not say.
func bodyMedia(r *http.Request, custom bool) (string, error) {
	header := r.Header.Get("Content-Type")
	if header == "" || header == resource.MediaJSON {
		return resource.MediaJSON, nil
	}
	accepted := media
	if custom {
		accepted = media[:2]
	}
	kind, _, err := mime.ParseMediaType(header)
	if err != nil || !slices.Contains(accepted, kind) {
		return "", unsupportedMedia(accepted)
	}
	return kind, nil
}

// MediaType is the media type of a request's body, without parameters; JSON where it says none.
func MediaType(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return resource.MediaJSON
	}
	return media
}

// deleteOptions reads the options of a delete, from the body where there is one, else from the query.
func (s *Server) deleteOptions(w http.ResponseWriter, r *http.Request) (metav1.DeleteOptions, error) {
	var opts metav1.DeleteOptions
	data, err := s.readBody(w, r)
	if err != nil {
		return opts, err
	}
	if len(data) == 0 {
		err = readOptions(r, &opts, metav1.Convert_url_Values_To_v1_DeleteOptions)
		return opts, err
	}
	kind, err := bodyMedia(r, false)
	if err != nil {
		return opts, err
	}
	err = resource.DecodeOptions(resource.Body{Data: data, MediaType: kind}, &opts)
	return opts, err
}
