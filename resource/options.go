package resource

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// DecodeOptions reads the DeleteOptions that a body holds. Any group's version of them is taken, as upstream does.
func DecodeOptions(b Body, into *metav1.DeleteOptions) error {
	data := b.Data
	switch b.MediaType {
	case MediaProtobuf:
		got, raw, err := openEnvelope(data)
		if err == nil && got.Kind != "" && got.Kind != "DeleteOptions" {
			err = fmt.Errorf("a %s is not DeleteOptions", got.Kind)
		}
		if err == nil {
			err = into.Unmarshal(raw)
		}
		if err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		return nil
	case MediaYAML:
		converted, err := yaml.YAMLToJSON(data)
		if err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		data = converted
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(data, into); err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("decoding DeleteOptions: %v", err))
	}
	if into.Kind != "" && into.Kind != "DeleteOptions" {
		return apierrors.NewBadRequest(fmt.Sprintf("a %s is not DeleteOptions", into.Kind))
	}
	return nil
}
