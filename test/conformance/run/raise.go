package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// What is in the folder of a run.
const (
	dataDir      = "data"        // the cluster's; removed afterwards
	imagesFile   = "images.tar"  // what the suite's specs pull
	suiteFile    = "e2e.test"    // the suite
	ginkgoFile   = "ginkgo"      // runs it in parallel
	suiteLog     = "e2e.log"     // what the suite printed
	argosyLog    = "argosy.log"  // what the cluster printed
	reportFile   = "report.json" // Ginkgo's report, of which the summary is made
	junitFile    = "junit.xml"
	readyLine    = "ready in"
	readyTimeout = 60 * time.Second
	stopTimeout  = 90 * time.Second
)

// dirKey is a data directory's path as Argosy makes names of it.
func dirKey(dir string) string { return strings.Trim(strings.ReplaceAll(dir, "/", "-"), "-") }

// raiseAndRun works within the namespaces: a fresh cluster with the images, and the suite against it.
func raiseAndRun(o options, list known) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	data := filepath.Join(o.out, dataDir)
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	load := exec.CommandContext(ctx, o.argosy, "image", "load", "--data-dir", data, filepath.Join(o.out, imagesFile))
	load.Stderr = os.Stderr
	if err := load.Run(); err != nil {
		return fmt.Errorf("loading the images: %w", err)
	}
	kubeconfig := filepath.Join(o.out, "kubeconfig")
	end, err := up(ctx, o, data, kubeconfig)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	return suite(ctx, o, list, kubeconfig)
}

// up starts the cluster and returns when it is ready, with what stops it.
func up(ctx context.Context, o options, data, kubeconfig string) (end func() error, err error) {
	log, err := os.Create(filepath.Join(o.out, argosyLog))
	if err != nil {
		return nil, err
	}
	process := exec.Command(o.argosy, "up", "--data-dir", data, "--kubeconfig", kubeconfig, "--listen", o.listen)
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, in := io.Pipe()
	process.Stdout, process.Stderr = in, in
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("starting the cluster: %w", err)
	}
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for seen := false; lines.Scan(); {
			fmt.Fprintln(log, lines.Text())
			if !seen && strings.Contains(lines.Text(), readyLine) {
				seen = true
				close(ready)
			}
		}
		_, _ = io.Copy(log, out)
	}()
	go func() { ended <- process.Wait() }()
	end = func() error {
		if err := process.Process.Signal(syscall.SIGINT); err != nil {
			return fmt.Errorf("the cluster did not live to the end, see %s: %w", log.Name(), err)
		}
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("the cluster stopped with an error, see %s: %w", log.Name(), err)
			}
			return nil
		case <-time.After(stopTimeout):
			_ = process.Process.Signal(syscall.SIGQUIT)
			return fmt.Errorf("the cluster did not stop within %v, see %s", stopTimeout, log.Name())
		}
	}
	select {
	case <-ready:
		return end, nil
	case err := <-ended:
		return nil, fmt.Errorf("the cluster ended before it was ready, see %s: %w", log.Name(), err)
	case <-time.After(readyTimeout):
		_ = process.Process.Kill()
		return nil, fmt.Errorf("the cluster was not ready within %v, see %s", readyTimeout, log.Name())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), end())
	}
}

// suite runs the specs. That some fail is no error here: the report tells, and is judged outside.
func suite(ctx context.Context, o options, list known, kubeconfig string) error {
	log, err := os.Create(filepath.Join(o.out, suiteLog))
	if err != nil {
		return err
	}
	defer log.Close()
	// A link of that name to the program is kubectl.
	kubectl := filepath.Join(o.out, "kubectl")
	_ = os.Remove(kubectl)
	if err := os.Symlink(o.argosy, kubectl); err != nil {
		return err
	}
	args := []string{fmt.Sprintf("--procs=%d", o.procs), "--no-color", "--timeout=" + o.timeout.String(), "--label-filter=" + o.labels,
		"--output-dir=" + o.out, "--json-report=" + reportFile, "--junit-report=" + junitFile, "--keep-going"}
	if o.focus != "" {
		args = append(args, "--focus="+o.focus)
	}
	if o.skip != "" {
		args = append(args, "--skip="+o.skip)
	}
	if !o.withKnown {
		for _, name := range list.names() {
			args = append(args, "--skip="+exactly(name))
		}
	}
	args = append(args, filepath.Join(o.out, suiteFile), "--", "--kubeconfig="+kubeconfig, "--kubectl-path="+kubectl, "--provider=skeleton",
		"--dump-logs-on-failure=true", "--disable-log-dump=true", "--report-dir="+filepath.Join(o.out, "reports"))
	run := exec.CommandContext(ctx, filepath.Join(o.out, ginkgoFile), args...)
	run.Stdout, run.Stderr = log, log
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGINT) }
	run.WaitDelay = time.Minute
	var failed *exec.ExitError
	if err := run.Run(); errors.As(err, &failed) && failed.Exited() {
		return nil
	} else if err != nil {
		return fmt.Errorf("running the suite: %w", err)
	}
	return nil
}
