package kindtest

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"testing"

	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/runtime"
	runtimeserializer "k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/randfill"

	"argosy.dev/kinds"
)

// rounds is how many random objects a test looks at. The seed is the round, so that a failure comes again.
const rounds = 60

func eachRandom(t *testing.T, kind *kinds.Kind, look func(t *testing.T, obj kinds.Object)) {
	t.Helper()
	for seed := range int64(rounds) {
		obj := random(kind, seed)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { look(t, obj) })
		if t.Failed() {
			return
		}
	}
}

// random fills an object with values that its type allows; few of them make sense.
func random(kind *kinds.Kind, seed int64) kinds.Object {
	obj := kind.New()
	filler(seed).Fill(obj)
	obj.GetObjectKind().SetGroupVersionKind(kind.GVK)
	if kind.Namespaced {
		obj.SetNamespace("ns")
	} else {
		obj.SetNamespace("")
	}
	return obj
}

func filler(seed int64) *randfill.Filler {
	funcs := fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, func(runtimeserializer.CodecFactory) []any {
		return []any{
			// What is of no known type must at least be JSON.
			func(raw *runtime.RawExtension, c randfill.Continue) {
				text, _ := json.Marshal(map[string]string{"k": c.String(8)})
				raw.Raw, raw.Object = text, nil
			},
		}
	})
	return fuzzer.FuzzerFor(funcs, rand.NewSource(seed), runtimeserializer.NewCodecFactory(scheme.Scheme))
}

func copyOf(obj kinds.Object) kinds.Object { return obj.DeepCopyObject().(kinds.Object) }
