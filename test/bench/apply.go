package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// applySection measures server-side apply: of objects that are not there yet, of a change, and of what is there already.
func (b *bench) applySection(ctx context.Context) error {
	const objects, workers = 1000, 32
	c, err := b.server(ctx)
	if err != nil {
		return err
	}
	if err := c.preparePods(ctx, "apply"); err != nil {
		return err
	}
	source := rand.New(rand.NewPCG(8, 9))
	for _, kind := range []struct {
		name   string
		path   string
		object func(round, i int) (name string, obj any)
	}{
		{"ConfigMaps of 1 KiB", configMapsPath("apply"), func(round, i int) (string, any) {
			m := configMap(fmt.Sprintf("object-%d", i), source)
			m.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}
			m.Data["round"] = fmt.Sprint(round)
			return m.Name, m
		}},
		{"Pods", podsPath("apply"), func(round, i int) (string, any) {
			p := idlePod(i)
			p.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
			p.Labels["round"] = fmt.Sprint(round)
			return p.Name, struct {
				metav1.TypeMeta   `json:",inline"`
				metav1.ObjectMeta `json:"metadata"`
				Spec              corev1.PodSpec `json:"spec"`
			}{p.TypeMeta, p.ObjectMeta, p.Spec}
		}},
	} {
		var bodies [][]byte
		for round := range 4 {
			what := "that change"
			switch round {
			case 0:
				what = "that are new"
			case 3:
				what = "that are there"
			}
			names := make([]string, objects)
			if round < 3 { // the last one applies the same again
				bodies = make([][]byte, objects)
			}
			for i := range objects {
				name, obj := kind.object(round, i)
				names[i] = name
				if round < 3 {
					if bodies[i], err = json.Marshal(obj); err != nil {
						return err
					}
				}
			}
			got, err := flood(ctx, c.pid(), workers, objects, func(ctx context.Context, i int) error {
				_, err := c.api.send(ctx, http.MethodPatch, kind.path+"/"+names[i]+"?fieldManager=bench", bodies[i], asApply)
				return err
			})
			if err != nil {
				return err
			}
			if round == 1 {
				continue // warms changes up
			}
			b.report.add(rates(kind.name+" "+what, []burst{got}))
		}
	}
	return nil
}
