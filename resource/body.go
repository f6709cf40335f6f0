package resource

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
)

// Decode reads a body of a kind that is not stored (a TokenRequest, a review).
func Decode(b Body, obj runtime.Object, gvk schema.GroupVersionKind, validation string) (warnings []string, err error) {
	warnings, err = decoder{want: gvk, validation: validation}.into(b, obj)
	obj.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	return warnings, err
}

// decoder reads bodies that are expected to hold one kind.
type decoder struct {
	want schema.GroupVersionKind
	// same are kinds with the same fields, which are taken as well.
	same []schema.GroupVersionKind
	// validation is what unknown and repeated fields come to: Strict, Warn or Ignore; "" is Warn.
	validation string
	// unknown names the fields that the kind does not know, where its type does not tell; it may be nil.
	unknown func(kinds.Object) []string
	// other finds the resource of another kind, to tell a wrong kind from an unknown one; it may be nil.
	other func(schema.GroupVersionKind) (*Resource, bool)
}

func (t Target) decoder(validation string) decoder {
	_, v := t.Resource.version(t.Version)
	return decoder{want: t.GVK(), validation: validation, unknown: v.unknown, other: t.Resource.pipeline.LookupKind}
}

// into reads a body into obj, an empty object of the kind that is wanted.
func (d decoder) into(b Body, obj runtime.Object) (warnings []string, err error) {
	switch b.MediaType {
	case MediaProtobuf:
		return nil, d.protobuf(b.Data, obj)
	case MediaYAML:
		converted, err := yaml.YAMLToJSON(b.Data)
		if err != nil {
			return nil, d.unrecognized(err, b.Data)
		}
		var strict []error
		if d.validation != metav1.FieldValidationIgnore {
			if _, err := yaml.YAMLToJSONStrict(b.Data); err != nil {
				strict = append(strict, err)
			}
		}
		return d.json(converted, obj, strict, b.Data)
	}
	return d.json(b.Data, obj, nil, b.Data)
}

func (d decoder) protobuf(data []byte, obj runtime.Object) error {
	got, raw, err := openEnvelope(data)
	if err != nil {
		return d.unrecognized(err, data)
	}
	if err := d.checkKind(got); err != nil {
		return d.refuse(err, data)
	}
	if err := unmarshalProtobuf(raw, obj); err != nil {
		return d.cannotHandle(d.want, err)
	}
	return nil
}

// json reads an object. strict is what is wrong with its fields already; sent is the body as the client wrote it.
func (d decoder) json(data []byte, obj runtime.Object, strict []error, sent []byte) ([]string, error) {
	found, err := d.object(data, obj)
	if err != nil {
		return nil, d.refuse(err, sent)
	}
	warnings, err := d.outcome(append(strict, found...))
	if err != nil {
		return nil, d.cannotHandle(d.want, err)
	}
	return warnings, nil
}

// object reads JSON, and tells which fields are unknown or repeated. Its errors say what is wrong and not yet with what.
func (d decoder) object(data []byte, obj runtime.Object) (strict []error, err error) {
	strict, err = d.unmarshal(data, obj)
	if err == nil && obj.GetObjectKind().GroupVersionKind() == d.want {
		if o, custom := obj.(*unstructured.Unstructured); custom && d.unknown != nil && d.validation != metav1.FieldValidationIgnore {
			for _, name := range d.unknown(o) {
				strict = append(strict, fmt.Errorf("unknown field %q", name))
			}
		}
		return strict, nil
	}
	// What the body says it is comes before what is wrong in it.
	got, kindErr := kindOf(data)
	if kindErr != nil {
		return nil, kindErr
	}
	if kindErr := d.checkKind(got); kindErr != nil {
		return nil, kindErr
	}
	if err != nil {
		return nil, &wrongKind{got: d.want, err: err}
	}
	return strict, nil
}

// outcome is what unknown and repeated fields come to: warnings, or one error that names all of them.
func (d decoder) outcome(strict []error) ([]string, error) {
	switch {
	case len(strict) == 0:
		return nil, nil
	case d.validation == metav1.FieldValidationStrict:
		return nil, runtime.NewStrictDecodingError(strict)
	}
	return texts(strict), nil
}

// wrongKind: a body that said it was got cannot be what was wanted.
type wrongKind struct {
	got schema.GroupVersionKind
	err error
}

func (e *wrongKind) Error() string { return e.err.Error() }
func (e *wrongKind) Unwrap() error { return e.err }

// refuse makes an answer of an error of object or checkKind.
func (d decoder) refuse(err error, sent []byte) error {
	var wrong *wrongKind
	var api *apierrors.StatusError
	switch {
	case errors.As(err, &wrong):
		return d.cannotHandle(wrong.got, wrong.err)
	case errors.As(err, &api):
		return api
	}
	return d.unrecognized(err, sent)
}

// unmarshal decodes JSON, and tells which fields are unknown or repeated unless nobody wants to know.
func (d decoder) unmarshal(data []byte, obj runtime.Object) (strict []error, err error) {
	var target any = obj
	if u, custom := obj.(*unstructured.Unstructured); custom {
		u.Object = map[string]any{}
		target = &u.Object
	}
	if d.validation == metav1.FieldValidationIgnore {
		return nil, kjson.UnmarshalCaseSensitivePreserveInts(data, target)
	}
	return kjson.UnmarshalStrict(data, target)
}

// kindOf reads what a JSON body says it is.
func kindOf(data []byte) (schema.GroupVersionKind, error) {
	var says struct {
		APIVersion string `json:"apiVersion,omitempty"`
		Kind       string `json:"kind,omitempty"`
	}
	if err := json.Unmarshal(data, &says); err != nil {
		return schema.GroupVersionKind{}, fmt.Errorf("couldn't get version/kind; json parse error: %w", err)
	}
	gv, err := schema.ParseGroupVersion(says.APIVersion)
	if err != nil {
		return schema.GroupVersionKind{}, err
	}
	return gv.WithKind(says.Kind), nil
}

// schemeName is what messages call the set of known kinds.
const schemeName = "pkg/runtime/scheme.go:111"

// checkKind compares what a body says it is with what its path wants; a body may leave it out.
func (d decoder) checkKind(got schema.GroupVersionKind) error {
	if got.Kind == "" {
		got.Kind = d.want.Kind
	}
	if got.Version == "" && got.Group == "" {
		got.Group, got.Version = d.want.Group, d.want.Version
	}
	if got == d.want || slices.Contains(d.same, got) {
		return nil
	}
	var is *Resource
	if d.other != nil {
		is, _ = d.other(got)
	}
	if is == nil {
		return &wrongKind{got, runtime.NewNotRegisteredErrForKind(schemeName, got)}
	}
	if expected, _ := d.other(d.want); is == expected {
		return apierrors.NewBadRequest(fmt.Sprintf("the API version in the data (%s) does not match the expected API version (%s)", got.GroupVersion(), d.want.GroupVersion()))
	}
	return &wrongKind{got, fmt.Errorf("converting (%s) to (%s): unknown conversion", reflect.TypeOf(is.Kind.New()).Elem(), TypeName(d.want))}
}

// TypeName is how messages call the type that stands behind every version of a kind: by the first word of its group.
func TypeName(gvk schema.GroupVersionKind) string {
	group, _, _ := strings.Cut(gvk.Group, ".")
	if group == "" {
		group = "core"
	}
	return group + "." + gvk.Kind
}

func (d decoder) cannotHandle(got schema.GroupVersionKind, err error) error {
	return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", got.Kind, got.Version, d.want.Kind, err))
}

// unrecognized refuses a body that does not even tell what it is.
func (d decoder) unrecognized(err error, data []byte) error {
	return apierrors.NewBadRequest(fmt.Sprintf("the object provided is unrecognized (must be of type %s): %v (%s)", d.want.Kind, err, beginning(data)))
}

// beginning shows the first bytes of a body, in hexadecimal unless it looks like JSON.
func beginning(data []byte) string {
	const shown = 30
	text, more := data, ""
	if len(data) > shown {
		text, more = data[:shown], " ..."
	}
	switch {
	case len(data) == 0:
		return "<empty>"
	case data[0] == '{':
		return string(text) + more
	}
	return hex.EncodeToString(text) + more
}

func texts(errs []error) []string {
	list := make([]string, len(errs))
	for i, e := range errs {
		list[i] = e.Error()
	}
	return list
}

// DecodeOptions reads the DeleteOptions that a body holds, of any group's version. What is wrong with them is told without a reason.
func DecodeOptions(b Body, into *metav1.DeleteOptions) error {
	data := b.Data
	switch b.MediaType {
	case MediaProtobuf:
		got, raw, err := openEnvelope(data)
		if err != nil {
			return err
		}
		if err := checkOptionsKind(got); err != nil {
			return err
		}
		return into.Unmarshal(raw)
	case MediaYAML:
		converted, err := yaml.YAMLToJSON(data)
		if err != nil {
			return err
		}
		data = converted
	}
	got, err := kindOf(data)
	if err != nil {
		return err
	}
	if err := checkOptionsKind(got); err != nil {
		return err
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(data, into)
}

func checkOptionsKind(got schema.GroupVersionKind) error {
	switch got.Kind {
	case "", "DeleteOptions":
		return nil
	}
	if got.Version == "" {
		return errors.New("decoded object cannot be converted to DeleteOptions")
	}
	return runtime.NewNotRegisteredErrForKind(schemeName, got)
}
