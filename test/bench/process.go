package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// readyTimeout is far above what a start takes.
	readyTimeout = 30 * time.Second
	// stopTimeout is how long a graceful stop may take before the process is killed.
	stopTimeout = 60 * time.Second
)

// cluster is a running argosy.
type cluster struct {
	kind    string // its command line, by which sections recognise it
	dir     string
	process *exec.Cmd
	ended   chan error
	out     *lines
	began   time.Time
	ready   time.Duration // from just before its execution until /readyz answered
	start   usage         // meanwhile
	api     *client
}

func (c *cluster) pid() int { return c.process.Process.Pid }

// up returns the running cluster if it is of that kind, or else starts one on a fresh directory in its place.
func (b *bench) up(ctx context.Context, args ...string) (*cluster, error) {
	if b.current != nil && b.current.kind == strings.Join(args, " ") {
		return b.current, nil
	}
	return b.restart(ctx, "", args...)
}

// server is the cluster that sections of requests share: the control plane alone, everything on.
func (b *bench) server(ctx context.Context) (*cluster, error) {
	return b.up(ctx, append([]string{"server"}, b.flags...)...)
}

// restart starts a cluster in dir, a fresh one if that is empty. The one that ran is stopped.
func (b *bench) restart(ctx context.Context, dir string, args ...string) (*cluster, error) {
	if err := b.down(); err != nil {
		return nil, err
	}
	if dir == "" {
		b.starts++
		dir = filepath.Join(b.dir, strconv.Itoa(b.starts))
	}
	if err := os.MkdirAll(filepath.Join(dir, "home"), 0o700); err != nil {
		return nil, err
	}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	c := &cluster{kind: strings.Join(args, " "), dir: dir, ended: make(chan error, 1), out: &lines{more: make(chan struct{}, 1)}}
	c.process = exec.Command(b.argosy, append(args, "--data-dir", filepath.Join(dir, "data"), "--kubeconfig", kubeconfig, "--listen", "127.0.0.1:0")...)
	c.process.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "home")}
	c.process.Stdout, c.process.Stderr = c.out, c.out
	m := newMeter(os.Getpid())
	c.began = time.Now()
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	b.current = c
	go func() { c.ended <- c.process.Wait() }()
	if err := c.awaitReady(ctx, kubeconfig); err != nil {
		return nil, err
	}
	c.start = m.read()
	c.start.server = cpuTime(c.pid())
	return c, nil
}

// awaitReady waits for the first answer of /readyz, asked as the kubeconfig says.
func (c *cluster) awaitReady(ctx context.Context, kubeconfig string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for !c.out.has("ready in") {
		select {
		case <-c.out.more:
		case err := <-c.ended:
			c.ended <- err
			return fmt.Errorf("argosy %s ended before it was ready: %w\n%s", c.kind, err, c.out)
		case <-ctx.Done():
			return fmt.Errorf("argosy %s was not ready: %w\n%s", c.kind, ctx.Err(), c.out)
		}
	}
	var err error
	if c.api, err = connect(kubeconfig); err != nil {
		return err
	}
	if _, err := c.api.get(ctx, "/readyz", asJSON); err != nil {
		return fmt.Errorf("argosy %s says that it is ready, and is not: %w", c.kind, err)
	}
	c.ready = time.Since(c.began)
	return nil
}

// down stops the running cluster, if there is one, and removes what it kept.
func (b *bench) down() error {
	if b.current == nil {
		return nil
	}
	dir := b.current.dir
	return errors.Join(b.halt(), os.RemoveAll(dir))
}

// halt stops the running cluster and keeps its data.
func (b *bench) halt() error {
	c := b.current
	b.current = nil
	if c.api != nil {
		c.api.close()
	}
	_ = c.process.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-c.ended:
		if err != nil {
			return fmt.Errorf("argosy %s stopped badly: %w\n%s", c.kind, err, c.out)
		}
		return nil
	case <-time.After(stopTimeout):
		_ = c.process.Process.Kill()
		<-c.ended
		return fmt.Errorf("argosy %s did not stop within %v and was killed\n%s", c.kind, stopTimeout, c.out)
	}
}

// lines is what a process printed.
type lines struct {
	lock sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.lock.Lock()
	l.text.Write(p)
	l.lock.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *lines) has(text string) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	return strings.Contains(l.text.String(), text)
}

// String is the last of it.
func (l *lines) String() string {
	l.lock.Lock()
	defer l.lock.Unlock()
	const enough = 20
	var last []string
	for s := bufio.NewScanner(strings.NewReader(l.text.String())); s.Scan(); {
		if last = append(last, "  "+s.Text()); len(last) > enough {
			last = last[1:]
		}
	}
	return strings.Join(last, "\n")
}
