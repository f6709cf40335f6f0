package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	// crowd is how many Pods the node runs, half of them with probes.
	crowd = 200
	// looked is how long CPU at rest is looked at.
	looked = 10 * time.Second
)

// crowded is a cluster whose node takes that many.
var crowded = []string{"up", "--demo", "--max-pods", strconv.Itoa(crowd + 50)}

// nodeSection measures what Pods that run cost their node, how soon changes reach them, and how soon a new process has them again.
func (b *bench) nodeSection(ctx context.Context) error {
	c, err := b.restart(ctx, "", crowded...)
	if err != nil {
		return err
	}
	if err := c.preparePods(ctx, "pods"); err != nil {
		return err
	}
	watch, err := c.api.watchPods(ctx, "pods")
	if err != nil {
		return err
	}
	defer watch.close()
	err = errors.Join(b.readyRow(ctx, c, watch), b.liveRow(ctx, c, watch), b.crowdRows(ctx, c, watch))
	if err != nil {
		return fmt.Errorf("%w\n%s", err, c.out)
	}
	return b.adoptedRow(ctx, c)
}

// probedPod is a demo Pod that is asked every second whether it is ready.
func probedPod(name string) *corev1.Pod {
	p := demoPod(name)
	p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{PeriodSeconds: 1,
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(8080)}}}
	return p
}

func (b *bench) readyRow(ctx context.Context, c *cluster, watch *podWatch) error {
	const times = 15
	var list []float64
	for i := range times + 1 {
		name := "ready-" + strconv.Itoa(i)
		began := time.Now()
		if err := c.api.post(ctx, podsPath("pods"), probedPod(name)); err != nil {
			return err
		}
		if err := watch.await(ctx, podTimeout, func(pods map[string]*podTimes) bool { return pods[name] != nil && !pods[name].ready.IsZero() }); err != nil {
			return err
		}
		if i > 0 {
			list = append(list, milliseconds(watch.times(name).ready.Sub(began)))
		}
		if _, err := c.api.send(ctx, http.MethodDelete, podsPath("pods")+"/"+name+"?gracePeriodSeconds=1", nil, asProtobuf); err != nil {
			return err
		}
		if err := watch.await(ctx, podTimeout, func(pods map[string]*podTimes) bool { return !pods[name].gone.IsZero() }); err != nil {
			return err
		}
	}
	slices.Sort(list)
	r := row{What: "alone, create to Ready, probed every second"}.values("ms", list)
	r.P50, r.P99 = quantile(list, .5), quantile(list, .99)
	b.report.add(r)
	return nil
}

// liveRow measures a ConfigMap's way into a container's files, seen from the node's side of the volume.
func (b *bench) liveRow(ctx context.Context, c *cluster, watch *podWatch) error {
	const times, key = 15, "live-value"
	m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "live"}, Data: map[string]string{key: "before"}}
	if err := c.api.post(ctx, configMapsPath("pods"), m); err != nil {
		return err
	}
	p := demoPod("live")
	p.Spec.Volumes = []corev1.Volume{{Name: "live", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "live"}}}}}
	p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "live", MountPath: "/live"}}
	if err := c.api.post(ctx, podsPath("pods"), p); err != nil {
		return err
	}
	if err := watch.await(ctx, podTimeout, func(pods map[string]*podTimes) bool { return pods["live"] != nil && !pods["live"].running.IsZero() }); err != nil {
		return err
	}
	file, err := fileNamed(filepath.Join(c.dir, "data"), key)
	if err != nil {
		return err
	}
	var list []float64
	for i := range times {
		want := fmt.Appendf(nil, "value %d", i)
		m.Data[key] = string(want)
		body, err := encode(m, asJSON)
		if err != nil {
			return err
		}
		began := time.Now()
		if _, err := c.api.send(ctx, http.MethodPut, configMapsPath("pods")+"/live", body, asJSON); err != nil {
			return err
		}
		for {
			if got, err := os.ReadFile(file); err == nil && bytes.Equal(got, want) {
				break
			}
			if time.Since(began) > podTimeout {
				return fmt.Errorf("the change of a ConfigMap is not in the Pod's file after %v", podTimeout)
			}
			if err := pauseFor(ctx, time.Millisecond); err != nil {
				return err
			}
		}
		list = append(list, milliseconds(time.Since(began)))
	}
	slices.Sort(list)
	r := row{What: "change of a ConfigMap to the file in the container", Upstream: "up to a minute and more"}.values("ms", list)
	r.P50, r.P99 = quantile(list, .5), quantile(list, .99)
	b.report.add(r.goal("≤ 1 s", r.Highest <= 1000))
	return nil
}

// fileNamed finds a file, or the link that stands for it, below a directory.
func fileNamed(dir, name string) (found string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == name && entry.Type()&fs.ModeSymlink != 0 {
			found = path
			return fs.SkipAll
		}
		return nil // what is going meanwhile is not looked for
	})
	if err == nil && found == "" {
		err = fmt.Errorf("no file %s below %s", name, dir)
	}
	return found, err
}

// crowdRows fills the node, first with Pods that only run, then with as many that are probed.
func (b *bench) crowdRows(ctx context.Context, c *cluster, watch *podWatch) error {
	before, err := c.rest(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := c.fill(ctx, watch, "idle", func(name string) *corev1.Pod { return demoPod(name) }); err != nil {
		return err
	}
	b.report.add(row{What: fmt.Sprintf("%d at once, on a node that runs few", crowd/2)}.values("Pods/s", []float64{crowd / 2 / time.Since(began).Seconds()}))
	idle, err := c.rest(ctx)
	if err != nil {
		return err
	}
	began = time.Now()
	if err := c.fill(ctx, watch, "probed", probedPod); err != nil {
		return err
	}
	b.report.add(row{What: fmt.Sprintf("%d more, to Ready, probed every second", crowd/2)}.values("Pods/s", []float64{crowd / 2 / time.Since(began).Seconds()}))
	probed, err := c.rest(ctx)
	if err != nil {
		return err
	}
	var supervisors []float64
	for _, pid := range processesNamed(supervisor) {
		own, err := readMemory(pid)
		if err != nil {
			return err
		}
		supervisors = append(supervisors, float64(own.resident)/mebibyte)
	}
	percent := func(r resting) float64 { return 100 * r.used.server.Seconds() / r.used.wall.Seconds() }
	perSecond := float64(crowd/2) * probed.used.wall.Seconds()
	b.report.add(
		row{What: "memory of the process for each idle Pod"}.values("KiB", []float64{float64(idle.anonymous-before.anonymous) / (crowd / 2) / 1024}),
		row{What: fmt.Sprintf("CPU at rest, %d idle Pods, of one core", crowd/2)}.values("%", []float64{percent(idle)}).cost([]usage{idle.used}, 0, 0),
		row{What: fmt.Sprintf("CPU with %d probes a second beside, of one core", crowd/2)}.values("%", []float64{percent(probed)}).cost([]usage{probed.used}, int(perSecond), 0),
		row{What: "each supervisor, resident"}.values("MiB", supervisors).goal("≤ 3 MiB", slices.Max(supervisors) <= 3))
	return nil
}

// resting is a process left alone.
type resting struct {
	memory
	used usage
}

func (c *cluster) rest(ctx context.Context) (r resting, err error) {
	if err := pauseFor(ctx, settle); err != nil {
		return r, err
	}
	m := newMeter(c.pid())
	if err := pauseFor(ctx, looked); err != nil {
		return r, err
	}
	r.used = m.read()
	r.memory, err = readMemory(c.pid())
	return r, err
}

// fill creates half a crowd of Pods at once and waits until they are ready.
func (c *cluster) fill(ctx context.Context, watch *podWatch, name string, pod func(string) *corev1.Pod) error {
	const n = crowd / 2
	_, err := flood(ctx, c.pid(), 32, n, func(ctx context.Context, i int) error {
		return c.api.post(ctx, podsPath("pods"), pod(fmt.Sprintf("%s-%d", name, i)))
	})
	if err != nil {
		return err
	}
	return watch.await(ctx, 2*podTimeout, func(pods map[string]*podTimes) bool {
		for i := range n {
			if p := pods[fmt.Sprintf("%s-%d", name, i)]; p == nil || p.ready.IsZero() {
				return false
			}
		}
		return true
	})
}

// adoptedRow kills the process and starts another: from its start until its node runs every Pod again that runs.
func (b *bench) adoptedRow(ctx context.Context, c *cluster) error {
	dir := c.dir
	if err := c.process.Process.Kill(); err != nil {
		return err
	}
	<-c.ended
	c.api.close()
	b.current = nil
	c, err := b.restart(ctx, dir, crowded...)
	if err != nil {
		return err
	}
	node, err := c.nodeName(ctx)
	if err != nil {
		return err
	}
	for {
		n, err := c.runningPods(ctx, node)
		if err == nil && n > crowd {
			break
		}
		if time.Since(c.began) > podTimeout {
			return fmt.Errorf("%d of %d Pods run again %v after the start of a new process: %w\n%s", n, crowd+1, podTimeout, err, c.out)
		}
		if err := pauseFor(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	took := milliseconds(time.Since(c.began))
	used := usage{server: cpuTime(c.pid())}
	r := row{What: fmt.Sprintf("killed and started again, to all %d Pods adopted", crowd+1)}.values("ms", []float64{took}).cost([]usage{used}, 1, 0)
	b.report.add(r.goal("≤ 2 s", took <= 2000))
	return nil
}

func (c *cluster) nodeName(ctx context.Context) (string, error) {
	body, err := c.api.get(ctx, "/api/v1/nodes", asJSON)
	if err != nil {
		return "", err
	}
	var list corev1.NodeList
	if err := json.Unmarshal(body, &list); err != nil {
		return "", fmt.Errorf("reading the nodes: %w", err)
	}
	if len(list.Items) != 1 {
		return "", fmt.Errorf("%d nodes, want one", len(list.Items))
	}
	return list.Items[0].Name, nil
}

// runningPods is how many Pods the node's agent itself says that it runs.
func (c *cluster) runningPods(ctx context.Context, node string) (int, error) {
	text, err := c.api.get(ctx, "/api/v1/nodes/"+node+"/proxy/metrics", "text/plain")
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(text, []byte("\nkubelet_running_pods "))
	if !found {
		return 0, errors.New("the node's /metrics does not tell how many Pods run")
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strconv.Atoi(string(line))
}
