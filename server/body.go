package server

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/resource"
)

var noResource = schema.GroupResource{}

// readBody reads the whole body, up to the limit.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > s.MaxBody {
		return nil, s.tooLarge()
	}
	body := http.MaxBytesReader(w, r.Body, s.MaxBody)
	var data []byte
	var err error
	if n := r.ContentLength; n > 0 {
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
	media := resource.MediaJSON
	if header := r.Header.Get("Content-Type"); header != "" {
		parsed, _, err := mime.ParseMediaType(header)
		if err != nil {
			return resource.Body{}, unsupportedMedia(header)
		}
		media = parsed
	}
	switch media {
	case resource.MediaJSON, resource.MediaYAML:
	case resource.MediaProtobuf:
		if custom {
			return resource.Body{}, unsupportedMedia(media)
		}
	default:
		return resource.Body{}, unsupportedMedia(media)
	}
	data, err := s.readBody(w, r)
	return resource.Body{Data: data, MediaType: media}, err
}

// MediaType is the media type of a request's body, without parameters; JSON where it says none.
func MediaType(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return resource.MediaJSON
	}
	return media
}

func unsupportedMedia(got string) error {
	return apierrors.NewGenericServerResponse(http.StatusUnsupportedMediaType, "", noResource, "",
		fmt.Sprintf("the body of the request was in an unknown format - accepted media types include: %s, %s, %s (got %s)", resource.MediaJSON, resource.MediaYAML, resource.MediaProtobuf, got), 0, true)
}

// deleteOptions reads the options of a delete, from the body where there is one, else from the query.
func (s *Server) deleteOptions(w http.ResponseWriter, r *http.Request) (metav1.DeleteOptions, error) {
	var opts metav1.DeleteOptions
	body, err := s.object(w, r, false)
	if err != nil {
		return opts, err
	}
	if len(body.Data) == 0 {
		query := r.URL.Query()
		if err := metav1.Convert_url_Values_To_v1_DeleteOptions(&query, &opts, nil); err != nil {
			return opts, apierrors.NewBadRequest(err.Error())
		}
		return opts, nil
	}
	if err := resource.DecodeOptions(body, &opts); err != nil {
		return opts, err
	}
	return opts, nil
}
