package server

import (
	"mime"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/cache"
	"argosy.dev/resource"
)

// Shapes that answers to one object and to collections may be asked in.
var (
	objectShapes     = []string{"Table", "PartialObjectMetadata"}
	collectionShapes = []string{"Table", "PartialObjectMetadataList"}
	watchShapes      = []string{"Table", "PartialObjectMetadata"}
	allShapes        = []string{"Table", "PartialObjectMetadata", "PartialObjectMetadataList"}
)

func (s *Server) get(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, t.Resource.Custom(), objectShapes...)
	if err != nil {
		return err
	}
	var opts metav1.GetOptions
	if r.URL.RawQuery != "" {
		query := r.URL.Query()
		if err := metav1.Convert_url_Values_To_v1_GetOptions(&query, &opts, nil); err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
	}
	res, err := s.Pipeline.Get(r.Context(), t, opts)
	if err != nil {
		return err
	}
	return s.result(w, r, t, out, res)
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, t.Resource.Custom(), objectShapes...)
	if err != nil {
		return err
	}
	var opts metav1.CreateOptions
	if r.URL.RawQuery != "" {
		query := r.URL.Query()
		if err := metav1.Convert_url_Values_To_v1_CreateOptions(&query, &opts, nil); err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		if err := invalidOptions("CreateOptions", metav1validation.ValidateCreateOptions(&opts)); err != nil {
			return err
		}
	}
	body, err := s.object(w, r, t.Resource.Custom())
	if err != nil {
		return err
	}
	opts.FieldManager = manager(r, opts.FieldManager)
	res, err := s.Pipeline.Create(r.Context(), t, body, opts)
	if err != nil {
		return err
	}
	return s.result(w, r, t, out, res)
}

func (s *Server) update(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, t.Resource.Custom(), objectShapes...)
	if err != nil {
		return err
	}
	var opts metav1.UpdateOptions
	if r.URL.RawQuery != "" {
		query := r.URL.Query()
		if err := metav1.Convert_url_Values_To_v1_UpdateOptions(&query, &opts, nil); err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		if err := invalidOptions("UpdateOptions", metav1validation.ValidateUpdateOptions(&opts)); err != nil {
			return err
		}
	}
	body, err := s.object(w, r, t.Resource.Custom())
	if err != nil {
		return err
	}
	opts.FieldManager = manager(r, opts.FieldManager)
	res, err := s.Pipeline.Update(r.Context(), t, body, opts)
	if err != nil {
		return err
	}
	return s.result(w, r, t, out, res)
}

func (s *Server) patch(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, t.Resource.Custom(), objectShapes...)
	if err != nil {
		return err
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return unsupportedMedia(r.Header.Get("Content-Type"))
	}
	var opts metav1.PatchOptions
	query := r.URL.Query()
	if err := metav1.Convert_url_Values_To_v1_PatchOptions(&query, &opts, nil); err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	if err := invalidOptions("PatchOptions", metav1validation.ValidatePatchOptions(&opts, types.PatchType(media))); err != nil {
		return err
	}
	patch, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	if types.PatchType(media) != types.ApplyYAMLPatchType {
		opts.FieldManager = manager(r, opts.FieldManager)
	}
	res, err := s.Pipeline.Patch(r.Context(), t, types.PatchType(media), patch, opts)
	if err != nil {
		return err
	}
	return s.result(w, r, t, out, res)
}

func (s *Server) delete(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, t.Resource.Custom(), objectShapes...)
	if err != nil {
		return err
	}
	opts, err := s.deleteOptions(w, r)
	if err != nil {
		return err
	}
	res, err := s.Pipeline.Delete(r.Context(), t, opts)
	if err != nil {
		return err
	}
	return s.result(w, r, t, out, res)
}

func (s *Server) deleteCollection(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, t.Resource.Custom(), collectionShapes...)
	if err != nil {
		return err
	}
	list, err := listOptions(r)
	if err != nil {
		return err
	}
	opts, err := s.deleteOptions(w, r)
	if err != nil {
		return err
	}
	deleted, err := s.Pipeline.DeleteCollection(r.Context(), t, opts, list.list())
	if err != nil {
		return err
	}
	return s.writeCollection(w, r, out, t, deleted)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, t.Resource.Custom(), collectionShapes...)
	if err != nil {
		return err
	}
	opts, err := listOptions(r)
	if err != nil {
		return err
	}
	list, err := s.Pipeline.List(r.Context(), t, opts.list())
	if err != nil {
		return err
	}
	return s.writeCollection(w, r, out, t, list)
}

func (s *Server) writeCollection(w http.ResponseWriter, r *http.Request, out output, t resource.Target, list resource.List) error {
	meta := listMeta{version: cache.FormatRevision(list.Revision), cont: list.Continue, remaining: list.Remaining}
	if out.as == "" {
		return writeList(w, r, out, t, list.Entries, meta)
	}
	objects, err := objectsOf(t, list.Entries)
	if err != nil {
		return err
	}
	return s.writeShape(w, r, http.StatusOK, out, t, objects, meta, true)
}

// manager is who changes fields: as the request says, or the client by its User-Agent.
func manager(r *http.Request, named string) string {
	if named != "" {
		return named
	}
	return resource.ManagerOfAgent(r.UserAgent())
}

// options are a list's or a watch's, as the query says them.
type options struct {
	metav1.ListOptions
	labels labels.Selector
	fields fields.Selector
}

func listOptions(r *http.Request) (options, error) {
	var o options
	if r.URL.RawQuery == "" {
		return o, nil
	}
	query := r.URL.Query()
	if err := metav1.Convert_url_Values_To_v1_ListOptions(&query, &o.ListOptions, nil); err != nil {
		return o, apierrors.NewBadRequest(err.Error())
	}
	var err error
	if o.LabelSelector != "" {
		if o.labels, err = labels.Parse(o.LabelSelector); err != nil {
			return o, apierrors.NewBadRequest("unable to parse requirement: " + err.Error())
		}
	}
	if o.FieldSelector != "" {
		if o.fields, err = fields.ParseSelector(o.FieldSelector); err != nil {
			return o, apierrors.NewBadRequest(err.Error())
		}
	}
	if o.Limit < 0 {
		return o, apierrors.NewBadRequest("limit must not be negative")
	}
	return o, nil
}

func (o options) list() resource.ListOptions {
	return resource.ListOptions{Labels: o.labels, Fields: o.fields, Limit: o.Limit, Continue: o.Continue,
		ResourceVersion: o.ResourceVersion, Match: o.ResourceVersionMatch}
}

func invalidOptions(kind string, errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: kind}, "", errs)
}
