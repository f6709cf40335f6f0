package kindtest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
)

// roundTrip checks that an object survives every encoding that clients and the store use.
func roundTrip(t *testing.T, kind *kinds.Kind) {
	known := newScheme()
	proto := protobuf.NewSerializer(known, known)
	eachRandom(t, kind, func(t *testing.T, obj kinds.Object) {
		text, err := json.Marshal(obj)
		if err != nil {
			t.Fatal(err)
		}
		fromJSON := kind.New()
		if err := json.Unmarshal(text, fromJSON); err != nil {
			t.Fatal(err)
		}
		same(t, "JSON", obj, fromJSON)

		text, err = yaml.Marshal(obj)
		if err != nil {
			t.Fatal(err)
		}
		fromYAML := kind.New()
		if err := yaml.UnmarshalStrict(text, fromYAML); err != nil {
			t.Fatal(err)
		}
		same(t, "YAML", obj, fromYAML)

		text, err = runtime.Encode(proto, obj)
		if err != nil {
			t.Fatal(err)
		}
		fromProto := kind.New()
		if _, _, err := proto.Decode(text, &kind.GVK, fromProto); err != nil {
			t.Fatal(err)
		}
		fromProto.GetObjectKind().SetGroupVersionKind(kind.GVK)
		same(t, "protobuf", obj, fromProto)
	})
}

func same(t *testing.T, how string, want, got any) {
	t.Helper()
	if !equality.Semantic.DeepEqual(want, got) {
		t.Fatalf("%s: the object changed (-before +after):\n%s", how, cmp.Diff(want, got))
	}
}
