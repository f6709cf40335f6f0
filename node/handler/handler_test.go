package handler

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestPort(t *testing.T) {
	c := &corev1.Container{Name: "c", Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 8080}, {Name: "bad"}}}
	tests := map[string]struct {
		port intstr.IntOrString
		want int // 0 for an error
	}{
		"a number":                {intstr.FromInt32(80), 80},
		"a name":                  {intstr.FromString("web"), 8080},
		"a number in quotes":      {intstr.FromString("81"), 81},
		"an unknown name":         {intstr.FromString("other"), 0},
		"nothing":                 {intstr.IntOrString{}, 0},
		"too large":               {intstr.FromInt32(65536), 0},
		"a name without a number": {intstr.FromString("bad"), 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Target{Container: c}.Port(test.port)
			if got != test.want || (err != nil) != (test.want == 0) {
				t.Errorf("%d, %v, want %d", got, err, test.want)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	tests := map[string]struct {
		ip   string
		get  corev1.HTTPGetAction
		want string
	}{
		"the pod":           {"10.0.0.1", corev1.HTTPGetAction{Path: "/healthz"}, "http://10.0.0.1:80/healthz"},
		"a pod with IPv6":   {"fd00::1", corev1.HTTPGetAction{Path: "/healthz"}, "http://[fd00::1]:80/healthz"},
		"another host":      {"10.0.0.1", corev1.HTTPGetAction{Path: "/", Host: "name"}, "http://name:80/"},
		"https":             {"10.0.0.1", corev1.HTTPGetAction{Path: "/", Scheme: corev1.URISchemeHTTPS}, "https://10.0.0.1:80/"},
		"a query":           {"10.0.0.1", corev1.HTTPGetAction{Path: "/a?b=c&d=e"}, "http://10.0.0.1:80/a?b=c&d=e"},
		"no path":           {"10.0.0.1", corev1.HTTPGetAction{}, "http://10.0.0.1:80"},
		"no slash":          {"10.0.0.1", corev1.HTTPGetAction{Path: "a"}, "http://10.0.0.1:80/a"},
		"a path that leads": {"10.0.0.1", corev1.HTTPGetAction{Path: "//user:word@elsewhere/a"}, "http://10.0.0.1:80/a"},
		"a path no URL is":  {"10.0.0.1", corev1.HTTPGetAction{Path: "/%zz"}, "http://10.0.0.1:80/%25zz"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.get.Port = intstr.FromInt32(80)
			r, err := Target{PodIP: test.ip, Container: &corev1.Container{}}.Request(t.Context(), &test.get, "agent")
			if err != nil {
				t.Fatal(err)
			}
			if r.URL.String() != test.want {
				t.Errorf("%s, want %s", r.URL, test.want)
			}
		})
	}
}

func TestPodWithoutAddressIsNotAsked(t *testing.T) {
	if a, err := (Target{Container: &corev1.Container{}}).Address("", intstr.FromInt32(80)); err == nil {
		t.Errorf("%q would be asked", a)
	}
}

func TestHeaders(t *testing.T) {
	header := func(list ...corev1.HTTPHeader) corev1.HTTPGetAction {
		return corev1.HTTPGetAction{Port: intstr.FromInt32(80), HTTPHeaders: list}
	}
	tests := map[string]struct {
		get           corev1.HTTPGetAction
		agent, accept []string
		host          string
	}{
		"none given": {header(), []string{"agent"}, []string{"*/*"}, "10.0.0.1:80"},
		"given": {header(corev1.HTTPHeader{Name: "user-agent", Value: "mine"}, corev1.HTTPHeader{Name: "Accept", Value: "a"}, corev1.HTTPHeader{Name: "Accept", Value: "b"}),
			[]string{"mine"}, []string{"a", "b"}, "10.0.0.1:80"},
		"empty": {header(corev1.HTTPHeader{Name: "User-Agent"}, corev1.HTTPHeader{Name: "accept"}), []string{""}, nil, "10.0.0.1:80"},
		"host":  {header(corev1.HTTPHeader{Name: "HOST", Value: "name"}), []string{"agent"}, []string{"*/*"}, "name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := Target{PodIP: "10.0.0.1", Container: &corev1.Container{}}.Request(t.Context(), &test.get, "agent")
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(r.Header["User-Agent"], test.agent) || !slices.Equal(r.Header["Accept"], test.accept) || r.Host != test.host {
				t.Errorf("agent %q, accept %q, host %q", r.Header["User-Agent"], r.Header["Accept"], r.Host)
			}
		})
	}
}

func TestAgent(t *testing.T) {
	if got := Agent("probe"); got != "kube-probe/1.36" {
		t.Errorf("%q", got)
	}
}

func TestCommand(t *testing.T) {
	c := &corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: "old"}, {Name: "A", Value: "new"}, {Name: "F", ValueFrom: &corev1.EnvVarSource{}}}}
	command := []string{"$(A)/x", "$(F)", "$(none)", "$$(A)"}
	if got, want := Command(c, command), []string{"new/x", "$(F)", "$(none)", "$(A)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if command[0] != "$(A)/x" {
		t.Error("the pod's own command was changed")
	}
}
