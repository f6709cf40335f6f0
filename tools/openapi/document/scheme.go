package document

import (
	"cmp"
	"reflect"
	"slices"

	admissionv1 "k8s.io/api/admission/v1"
	admissionv1beta1 "k8s.io/api/admission/v1beta1"
	imagepolicyv1alpha1 "k8s.io/api/imagepolicy/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kube-openapi/pkg/validation/spec"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// extensionGVK is the extension that ties schemas and operations to kinds; kubectl finds its way by it.
const extensionGVK = "x-kubernetes-group-version-kind"

// newScheme knows every group version that a server of v1.36 knows, served by default or not: the kinds that all groups
// share (DeleteOptions, WatchEvent) name each of them in their schema.
func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientscheme.AddToScheme(s))
	utilruntime.Must(admissionv1.AddToScheme(s))
	utilruntime.Must(admissionv1beta1.AddToScheme(s))
	utilruntime.Must(imagepolicyv1alpha1.AddToScheme(s))
	utilruntime.Must(apiextensionsv1.AddToScheme(s))
	utilruntime.Must(apiregistrationv1.AddToScheme(s))
	// Its group version is an add-on's, and not one that the kinds of all groups name.
	s.AddKnownTypes(metricsv1beta1.SchemeGroupVersion, &metricsv1beta1.NodeMetrics{}, &metricsv1beta1.NodeMetricsList{}, &metricsv1beta1.PodMetrics{}, &metricsv1beta1.PodMetricsList{})
	for _, gv := range []schema.GroupVersion{
		{Group: "apiextensions.k8s.io", Version: "v1beta1"},
		{Group: "apiregistration.k8s.io", Version: "v1beta1"},
	} {
		metav1.AddToGroupVersion(s, gv)
	}
	return s
}

// kindsByModel maps a model's name to the kinds that its type stands for, sorted by group, version and kind.
func kindsByModel(s *runtime.Scheme) map[string][]schema.GroupVersionKind {
	byModel := map[string][]schema.GroupVersionKind{}
	for gvk, t := range s.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal {
			continue
		}
		name := util.GetCanonicalTypeName(reflect.New(t).Interface())
		byModel[name] = append(byModel[name], gvk)
	}
	for _, gvks := range byModel {
		slices.SortFunc(gvks, func(a, b schema.GroupVersionKind) int {
			return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Kind, b.Kind))
		})
	}
	return byModel
}

func gvkExtension(gvk schema.GroupVersionKind) map[string]any {
	return map[string]any{"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind}
}

// definitionNamer gives a model the name it has in documents, which is its own, and the kinds it stands for. In the
// document of one group version, the models that every group shares stand for that group version's and the core's only.
func definitionNamer(s *runtime.Scheme, gv *GroupVersion) func(name string) (string, spec.Extensions) {
	kinds := kindsByModel(s)
	return func(name string) (string, spec.Extensions) {
		gvks := kinds[name]
		if gv != nil && len(gvks) > 1 {
			gvks = slices.DeleteFunc(slices.Clone(gvks), func(gvk schema.GroupVersionKind) bool {
				own := gvk.Group == gv.Group && gvk.Version == gv.Version
				return !own && gvk.Group != ""
			})
		}
		if len(gvks) == 0 {
			return name, nil
		}
		extension := make([]any, len(gvks))
		for i, gvk := range gvks {
			extension[i] = gvkExtension(gvk)
		}
		return name, spec.Extensions{extensionGVK: extension}
	}
}
