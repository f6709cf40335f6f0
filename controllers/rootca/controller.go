package rootca

import (
	"log/slog"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs.
const Name = "root-ca-certificate-publisher-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"namespaces", "configmaps"}
	Writes = []string{"configmaps"}
)

type controller struct {
	namespaces client.Resource[*corev1.Namespace]
	maps       client.Resource[*corev1.ConfigMap]
	bundle     string
}

// New makes the controller. bundle is the certificates, in PEM.
func New(c client.Cluster, bundle []byte, log *slog.Logger) *loop.Controller {
	r := &controller{namespaces: client.Namespaces(c), maps: client.ConfigMaps(c), bundle: string(bundle)}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.namespaces, loop.Self[*corev1.Namespace]),
			loop.Objects(r.maps, func(m *corev1.ConfigMap) []loop.Key {
				if m.Name != mapName {
					return nil
				}
				return []loop.Key{{Name: m.Namespace}}
			}),
		},
		Reconcile: r.reconcile,
		Log:       log,
	}
}
