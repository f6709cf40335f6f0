package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/opencontainers/runc/libcontainer"

	_ "github.com/opencontainers/cgroups/devices"           // without it no container starts: device rules cannot be set
	_ "github.com/opencontainers/runc/libcontainer/nsenter" // enters namespaces before Go's runtime begins
)

// A container's first process is this program again, until it executes the container's own.
func init() {
	if len(os.Args) > 1 && os.Args[1] == "init" {
		runtime.GOMAXPROCS(1)
		runtime.LockOSThread()
		libcontainer.Init()
	}
}

// answer is what is printed; times are in milliseconds.
type answer struct {
	Seccomp  bool      `json:"seccomp"`  // a container engine's default filter was on
	Alone    []float64 `json:"alone"`    // one after the other, each after a pause
	Together []float64 `json:"together"` // all begun at once
}

func main() {
	program := flag.String("program", "", "the containers' program, static")
	n := flag.Int("n", 20, "containers one after the other")
	together := flag.Int("together", 50, "containers at once")
	pause := flag.Duration("pause", 60*time.Millisecond, "rest before each that starts alone")
	filtered := flag.Bool("filter", withSeccomp, "confine them by the default seccomp filter of container engines")
	flag.Parse()
	if err := run(*program, *filtered, *n, *together, *pause); err != nil {
		fmt.Fprintln(os.Stderr, "libcontainer:", err)
		os.Exit(1)
	}
}

func run(program string, filtered bool, n, together int, pause time.Duration) (err error) {
	dir, err := os.MkdirTemp("", "argosy-bench-libcontainer-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := newStarter(dir, program, filtered)
	if err != nil {
		return err
	}
	a := answer{Seccomp: filtered}
	for i := range n {
		time.Sleep(pause)
		took, err := s.start("alone" + strconv.Itoa(i))
		if err != nil {
			return err
		}
		a.Alone = append(a.Alone, milliseconds(took))
	}
	if a.Together, err = s.startTogether(together); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(a)
}

// startTogether starts n containers at once. The times all count from the same moment.
func (s *starter) startTogether(n int) (each []float64, err error) {
	var all sync.WaitGroup
	var lock sync.Mutex
	began := time.Now()
	for i := range n {
		waited := time.Since(began)
		all.Go(func() {
			took, failed := s.start("together" + strconv.Itoa(i))
			lock.Lock()
			defer lock.Unlock()
			err = errors.Join(err, failed)
			each = append(each, milliseconds(waited+took))
		})
	}
	all.Wait()
	return each, err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
