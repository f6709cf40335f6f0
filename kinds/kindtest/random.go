package kindtest

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/runtime"
	runtimeserializer "k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
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
			func(j *apiextensionsv1.JSON, c randfill.Continue) {
				j.Raw, _ = json.Marshal(map[string]string{"k": c.String(8)})
			},
			// Which version is stored is noted in the status, too.
			func(v *apiextensionsv1.CustomResourceDefinitionVersion, c randfill.Continue) {
				c.FillNoCustom(v)
				v.Storage = false
			},
			// Schemas contain schemas, which would never end.
			func(s *apiextensionsv1.JSONSchemaProps, c randfill.Continue) {
				*s = apiextensionsv1.JSONSchemaProps{Type: c.String(8), Format: c.String(8), Pattern: c.String(8), Nullable: c.Bool(), Description: c.String(8)}
				if c.Bool() {
					s.Properties = map[string]apiextensionsv1.JSONSchemaProps{c.String(8): {Type: c.String(8)}}
					s.Items = &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &apiextensionsv1.JSONSchemaProps{Type: c.String(8)}}
					s.Default = &apiextensionsv1.JSON{Raw: []byte("{}")}
					s.XValidations = apiextensionsv1.ValidationRules{{Rule: c.String(8), Message: c.String(8)}}
				}
			},
		}
	})
	return fuzzer.FuzzerFor(funcs, rand.NewSource(seed), runtimeserializer.NewCodecFactory(newScheme()))
}

// newScheme knows the types of all kinds.
func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme, apiregistrationv1.AddToScheme, metricsv1beta1.AddToScheme} {
		utilruntime.Must(add(s))
	}
	return s
}

func copyOf(obj kinds.Object) kinds.Object { return obj.DeepCopyObject().(kinds.Object) }
