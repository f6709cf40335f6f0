package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// encode makes a request's body.
func encode(obj runtime.Object, in media) ([]byte, error) {
	info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), string(in))
	if !ok {
		return nil, fmt.Errorf("no serializer for %s", in)
	}
	return runtime.Encode(scheme.Codecs.EncoderForVersion(info.Serializer, corev1.SchemeGroupVersion), obj)
}

// encodeMany makes n bodies.
func encodeMany(n int, in media, object func(i int) runtime.Object) ([][]byte, error) {
	bodies := make([][]byte, n)
	for i := range bodies {
		var err error
		if bodies[i], err = encode(object(i), in); err != nil {
			return nil, err
		}
	}
	return bodies, nil
}

// post creates one object.
func (c *client) post(ctx context.Context, path string, obj runtime.Object) error {
	body, err := encode(obj, asJSON)
	if err != nil {
		return err
	}
	_, err = c.send(ctx, http.MethodPost, path, body, asJSON)
	return err
}

// namespace makes a namespace unless it is there.
func (c *client) namespace(ctx context.Context, name string) error {
	err := c.post(ctx, "/api/v1/namespaces", &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	if isStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}

// noise is text that no compression makes much smaller.
func noise(n int, source *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
	text := make([]byte, n)
	for i := range text {
		text[i] = letters[source.IntN(len(letters))]
	}
	return string(text)
}

// configMapSize is how much data a ConfigMap of the benchmarks carries.
const configMapSize = 1 << 10

func configMap(name string, source *rand.Rand) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"text": noise(configMapSize, source)}}
}

func configMapsPath(namespace string) string {
	return "/api/v1/namespaces/" + namespace + "/configmaps"
}

func podsPath(namespace string) string { return "/api/v1/namespaces/" + namespace + "/pods" }

// idlePod is a Pod that no scheduler takes, about as large as one in real life.
func idlePod(i int) *corev1.Pod {
	amounts := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "pod-" + strconv.Itoa(100000+i), Labels: map[string]string{"app": "app-" + strconv.Itoa(i%10), "tier": "web"}},
		Spec: corev1.PodSpec{SchedulerName: "nobody", Containers: []corev1.Container{{
			Name: "web", Image: "registry.example.com/shop/web:1.27.3", Resources: corev1.ResourceRequirements{Requests: amounts},
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
			Env:   []corev1.EnvVar{{Name: "LOG_LEVEL", Value: "info"}, {Name: "LISTEN", Value: ":8080"}},
		}}},
	}
}

// demoPod runs the image that is inside the binary.
func demoPod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: demoImage, ImagePullPolicy: corev1.PullNever}}},
	}
}
