package cgroup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Remove takes the group and everything below it out of every hierarchy. Processes that were just killed may still be
// leaving, so it tries until ctx ends.
func (g *Group) Remove(ctx context.Context) error {
	if g.Root() {
		return errors.New("the root cgroup cannot be removed")
	}
	dirs := g.dirs()
	for pause := 500 * time.Microsecond; ; pause = min(2*pause, 50*time.Millisecond) {
		var err error
		dirs = slices.DeleteFunc(dirs, func(dir string) bool {
			e := removeTree(dir)
			if e != nil {
				err = fmt.Errorf("removing the cgroup %s: %w", dir, e)
			}
			return e == nil
		})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// RemoveEmpty removes the group if nothing is in it and nothing below it, and reports whether it is gone.
func (g *Group) RemoveEmpty() bool {
	gone := !g.Root()
	for _, dir := range g.dirs() {
		if g.Root() {
			break
		}
		if err := unix.Rmdir(dir); err != nil && err != unix.ENOENT {
			gone = false
		}
	}
	return gone
}

func removeTree(dir string) error {
	err := unix.Rmdir(dir)
	if err == nil || err == unix.ENOENT {
		return nil
	}
	entries, rerr := os.ReadDir(dir)
	if rerr != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeTree(dir + "/" + e.Name()); err != nil {
				return err
			}
		}
	}
	if err = unix.Rmdir(dir); err == unix.ENOENT {
		return nil
	}
	return err
}

// Kill sends SIGKILL to every process in the group and below, once. On a machine without the v2 hierarchy it goes
// through the lists until they are empty or ctx ends.
func (g *Group) Kill(ctx context.Context) error {
	if g.Root() {
		return errors.New("the root cgroup cannot be killed")
	}
	if dir := g.V2Dir(); dir != "" {
		err := write(dir, "cgroup.kill", "1")
		if err == nil {
			return nil
		}
		if missing(err) && unix.Access(dir, unix.F_OK) != nil {
			return nil // no such group, nobody in it
		}
	}
	for {
		pids := g.Processes()
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("killing the cgroup %s: %w", g.path, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// Processes lists the processes in the group and below. One whose main thread is elsewhere does not count: it is a
// supervisor whose thread is about to fork here.
func (g *Group) Processes() []int {
	dirs := g.dirs()
	if len(dirs) == 0 {
		return nil
	}
	if dir := g.V2Dir(); dir != "" {
		return processes(dir, "")
	}
	return processes(g.dir("pids"), "tasks")
}

func processes(dir, threads string) []int {
	var pids []int
	main := map[int]bool{}
	if threads != "" {
		for _, tid := range numbers(dir + "/" + threads) {
			main[tid] = true
		}
	}
	for _, pid := range numbers(dir + "/cgroup.procs") {
		if threads == "" || main[pid] {
			pids = append(pids, pid)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return pids
	}
	for _, e := range entries {
		if e.IsDir() {
			pids = append(pids, processes(dir+"/"+e.Name(), threads)...)
		}
	}
	return pids
}

func numbers(path string) []int {
	var list []int
	for _, f := range strings.Fields(read(path)) {
		if n, err := strconv.Atoi(f); err == nil && n > 0 {
			list = append(list, n)
		}
	}
	return list
}
