package server

import (
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/cache"
	"argosy.dev/resource"
)

func (s *Server) get(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, oneOf(t))
	if err != nil {
		return err
	}
	var opts metav1.GetOptions
	if err := readOptions(r, &opts, metav1.Convert_url_Values_To_v1_GetOptions); err != nil {
		return err
	}
	res, err := s.Pipeline.Get(r.Context(), t, opts)
	return s.result(w, r, t, out, res, err)
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, oneOf(t))
	if err != nil {
		return err
	}
	body, err := s.object(w, r, t.Resource.Custom())
	if err != nil {
		return err
	}
	var opts metav1.CreateOptions
	if err := readOptions(r, &opts, metav1.Convert_url_Values_To_v1_CreateOptions); err != nil {
		return err
	}
	if err := invalidOptions("CreateOptions", metav1validation.ValidateCreateOptions(&opts)); err != nil {
		return err
	}
	opts.FieldManager = manager(r, opts.FieldManager)
	res, err := s.Pipeline.Create(r.Context(), t, body, opts)
	return s.result(w, r, t, out, res, err)
}

func (s *Server) update(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, oneOf(t))
	if err != nil {
		return err
	}
	body, err := s.object(w, r, t.Resource.Custom())
	if err != nil {
		return err
	}
	var opts metav1.UpdateOptions
	if err := readOptions(r, &opts, metav1.Convert_url_Values_To_v1_UpdateOptions); err != nil {
		return err
	}
	if err := invalidOptions("UpdateOptions", metav1validation.ValidateUpdateOptions(&opts)); err != nil {
		return err
	}
	opts.FieldManager = manager(r, opts.FieldManager)
	res, err := s.Pipeline.Update(r.Context(), t, body, opts)
	return s.result(w, r, t, out, res, err)
}

func (s *Server) patch(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	kind, err := patchType(r, t)
	if err != nil {
		return err
	}
	out, err := negotiate(r, oneOf(t))
	if err != nil {
		return err
	}
	patch, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	var opts metav1.PatchOptions
	if err := readOptions(r, &opts, metav1.Convert_url_Values_To_v1_PatchOptions); err != nil {
		return err
	}
	if err := invalidOptions("PatchOptions", metav1validation.ValidatePatchOptions(&opts, kind)); err != nil {
		return err
	}
	if kind != types.ApplyYAMLPatchType {
		opts.FieldManager = manager(r, opts.FieldManager)
	}
	res, err := s.Pipeline.Patch(r.Context(), t, kind, patch, opts)
	return s.result(w, r, t, out, res, err)
}

// patchType is the kind of patch that a body is; typed objects take one more than custom ones.
func patchType(r *http.Request, t resource.Target) (types.PatchType, error) {
	name, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	kind := types.PatchType(strings.TrimSpace(name))
	switch kind {
	case types.JSONPatchType, types.MergePatchType, types.ApplyYAMLPatchType:
		return kind, nil
	case types.StrategicMergePatchType:
		if !t.Resource.Custom() {
			return kind, nil
		}
	}
	if t.Resource.Custom() {
		return "", unsupportedMedia([]string{string(types.JSONPatchType), string(types.MergePatchType), string(types.ApplyYAMLPatchType)})
	}
	return "", routeError(http.StatusUnsupportedMediaType, "415: Unsupported Media Type")
}

func (s *Server) delete(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, oneOf(t))
	if err != nil {
		return err
	}
	opts, err := s.deleteOptions(w, r)
	if err != nil {
		return err
	}
	res, err := s.Pipeline.Delete(r.Context(), t, opts)
	return s.result(w, r, t, out, res, err)
}

func (s *Server) deleteCollection(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	out, err := negotiate(r, manyOf(t))
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
	out, err := negotiate(r, manyOf(t))
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

func oneOf(t resource.Target) offer {
	return offer{custom: t.Resource.Custom(), shapes: true}
}

func manyOf(t resource.Target) offer {
	return offer{custom: t.Resource.Custom(), shapes: true, collection: true}
}

// readOptions reads a verb's options from the query.
func readOptions[T any](r *http.Request, into *T, convert func(*url.Values, *T, conversion.Scope) error) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	query := r.URL.Query()
	if err := convert(&query, into, nil); err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	return nil
}

func (s *Server) writeCollection(w http.ResponseWriter, r *http.Request, out output, t resource.Target, list resource.List) error {
	meta := listMeta{cont: list.Continue, remaining: list.Remaining}
	if list.Revision > 0 {
		meta.version = cache.FormatRevision(list.Revision)
	}
	if out.as == "" {
		return writeList(w, r, out, t, list.Entries, meta)
	}
	if streamsTable(out, t) {
		return s.writeTable(w, r, out, t, list.Entries, meta)
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
	err := readOptions(r, &o.ListOptions, metav1.Convert_url_Values_To_v1_ListOptions)
	if err != nil {
		return o, err
	}
	if o.LabelSelector != "" {
		if o.labels, err = labels.Parse(o.LabelSelector); err != nil {
			return o, apierrors.NewBadRequest(err.Error())
		}
	}
	if o.FieldSelector != "" {
		if o.fields, err = fields.ParseSelector(o.FieldSelector); err != nil {
			return o, apierrors.NewBadRequest(err.Error())
		}
	}
	return o, nil
}

func (o options) list() resource.ListOptions {
	return resource.ListOptions{Labels: o.labels, Fields: o.fields, Limit: o.Limit, Continue: o.Continue,
		ResourceVersion: o.ResourceVersion, Match: o.ResourceVersionMatch, SendInitialEvents: o.SendInitialEvents}
}

func invalidOptions(kind string, errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: kind}, "", errs)
}
