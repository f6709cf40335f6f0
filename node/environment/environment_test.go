package environment

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestExpand(t *testing.T) {
	get := func(n string) (string, bool) { return "<" + n + ">", n == "A" }
	for in, want := range map[string]string{
		"": "", "x": "x", "$(A)": "<A>", "a$(A)b$(A)": "a<A>b<A>", "$(B)": "$(B)", "$$(A)": "$(A)", "$$$(A)": "$<A>",
		"$(A": "$(A", "$": "$", "$x": "$x", "$()": "$()", "a$$": "a$",
	} {
		if got := Expand(in, get); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("$(A)$$(")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Expand(s, func(string) (string, bool) { return "", false }); len(got) > len(s) {
			t.Errorf("%q grew to %q though nothing is known", s, got)
		}
	})
}

type things struct{}

func (things) ConfigMap(_, name string) (*corev1.ConfigMap, bool) {
	return &corev1.ConfigMap{Data: map[string]string{"K": "v", "not a=name": "x"}}, name == "m"
}

func (things) Secret(_, name string) (*corev1.Secret, bool) {
	return &corev1.Secret{Data: map[string][]byte{"P": []byte("s")}}, name == "s"
}

func (things) Service(_, name string) (*corev1.Service, bool) {
	return service("kubernetes", corev1.ServicePort{Name: "https", Port: 443}), name == "kubernetes"
}

func (things) Services(namespace string) []*corev1.Service {
	if namespace != "linked" {
		return nil
	}
	headless := service("none", corev1.ServicePort{Port: 1})
	headless.Spec.ClusterIP = corev1.ClusterIPNone
	return []*corev1.Service{headless, service("my-db", corev1.ServicePort{Port: 53, Protocol: corev1.ProtocolUDP}, corev1.ServicePort{Name: "web-ui", Port: 80})}
}

func service(name string, ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.1", Ports: ports}}
}

func ref(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }

func TestVariables(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n"}, Status: corev1.PodStatus{PodIP: "10.0.0.9"}}
	c := &corev1.Container{Name: "c",
		EnvFrom: []corev1.EnvFromSource{{Prefix: "M_", ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: ref("m")}},
			{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: ref("none"), Optional: ptr.To(true)}}},
		Env: []corev1.EnvVar{
			{Name: "A", Value: "1"}, {Name: "B", Value: "$(A)$(M_K)"}, {Name: "A", Value: "2"},
			{Name: "IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}},
			{Name: "S", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: ref("s"), Key: "P"}}},
			{Name: "O", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: ref("s"), Key: "none", Optional: ptr.To(true)}}},
		}}
	got, err := Variables(pod, c, nil, things{})
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, v := range got {
		if strings.HasPrefix(v.Name, "KUBERNETES_") {
			continue
		}
		text = append(text, v.Name+"="+v.Value)
	}
	if s := strings.Join(text, " "); s != "M_K=v A=2 B=1v IP=10.0.0.9 S=s" {
		t.Errorf("got %s", s)
	}
	c.Env = []corev1.EnvVar{{Name: "X", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: ref("m"), Key: "none"}}}}
	if _, err := Variables(pod, c, nil, things{}); err == nil || !strings.Contains(err.Error(), "variable X: couldn't find key none in ConfigMap n/m") {
		t.Errorf("a missing key: %v", err)
	}
}

func TestServices(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "linked"}}
	c := &corev1.Container{Env: []corev1.EnvVar{{Name: "MY_DB_SERVICE_PORT", Value: "own"}, {Name: "AT", Value: "$(MY_DB_PORT)"}}}
	text := func() string {
		got, err := Variables(pod, c, nil, things{})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, v := range got {
			b.WriteString(v.Name + "=" + v.Value + "\n")
		}
		return b.String()
	}
	api := "KUBERNETES_SERVICE_HOST=10.96.0.1\nKUBERNETES_SERVICE_PORT=443\nKUBERNETES_SERVICE_PORT_HTTPS=443\nKUBERNETES_PORT=tcp://10.96.0.1:443\n" +
		"KUBERNETES_PORT_443_TCP=tcp://10.96.0.1:443\nKUBERNETES_PORT_443_TCP_PROTO=tcp\nKUBERNETES_PORT_443_TCP_PORT=443\nKUBERNETES_PORT_443_TCP_ADDR=10.96.0.1\n"
	if got, want := text(), api+"MY_DB_SERVICE_HOST=10.96.0.1\nMY_DB_SERVICE_PORT=own\nMY_DB_SERVICE_PORT_WEB_UI=80\nMY_DB_PORT=udp://10.96.0.1:53\n"+
		"MY_DB_PORT_53_UDP=udp://10.96.0.1:53\nMY_DB_PORT_53_UDP_PROTO=udp\nMY_DB_PORT_53_UDP_PORT=53\nMY_DB_PORT_53_UDP_ADDR=10.96.0.1\n"+
		"MY_DB_PORT_80_TCP=tcp://10.96.0.1:80\nMY_DB_PORT_80_TCP_PROTO=tcp\nMY_DB_PORT_80_TCP_PORT=80\nMY_DB_PORT_80_TCP_ADDR=10.96.0.1\nAT=udp://10.96.0.1:53\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	pod.Spec.EnableServiceLinks, c.Env = ptr.To(false), nil
	if got := text(); got != api {
		t.Errorf("without links:\n%s", got)
	}
}
