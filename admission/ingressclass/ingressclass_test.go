package ingressclass

import (
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/resource"
)

type classes []*networkingv1.IngressClass

func (c classes) IngressClasses() []*networkingv1.IngressClass { return c }

func TestDefault(t *testing.T) {
	marked := &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: "m", Annotations: map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"}}}
	for _, c := range []struct {
		name    string
		classes classes
		ingress networkingv1.Ingress
		want    string
	}{
		{"filled in", classes{{}, marked}, networkingv1.Ingress{}, "m"},
		{"none marked", classes{{}}, networkingv1.Ingress{}, "-"},
		{"said", classes{marked}, networkingv1.Ingress{Spec: networkingv1.IngressSpec{IngressClassName: new("x")}}, "x"},
		{"said as of old", classes{marked}, networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{byAnnotation: "x"}}}, "-"},
	} {
		if err := (Plugin{c.classes}).Mutate(t.Context(), &resource.Attempt{Operation: resource.Create, Object: &c.ingress}); err != nil {
			t.Fatal(err)
		}
		got := "-"
		if name := c.ingress.Spec.IngressClassName; name != nil {
			got = *name
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
