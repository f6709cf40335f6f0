package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is one run of the benchmarks.
type bench struct {
	argosy       string   // the binary that is measured
	libcontainer string   // the folder of the yardstick's programs; empty if they could not be built
	why          string   // then, why not
	flags        []string // added to every start of "argosy server"
	dir          string   // for everything that is written; removed at the end

	report  *report
	starts  int
	current *cluster
}

// section is a part of the table.
type section struct {
	name  string
	title string
	run   func(b *bench, ctx context.Context) error
}

// sections share a cluster where they follow each other and want the same kind.
var sections = []section{
	{"start", "process start to ready", (*bench).startSection},
	{"demo", "argosy up --demo", (*bench).demoSection},
	{"pods", "pod start, local image", (*bench).podsSection},
	{"create", "create, ConfigMaps of 1 KiB", (*bench).createSection},
	{"get", "get, a ConfigMap of 1 KiB, 32 workers", (*bench).getSection},
	{"apply", "server-side apply, 32 workers", (*bench).applySection},
	{"watch", "watch, 100 watchers of ConfigMaps", (*bench).watchSection},
	{"list", "list, 10,000 Pods", (*bench).listSection},
	{"many", "list, 50,000 Pods", (*bench).manySection},
	{"node", "a node with 200 Pods", (*bench).nodeSection},
}

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case initCommand:
			os.Exit(reap(os.Args[2:]))
		case floorCommand:
			os.Exit(serveFloor(os.Args[2:]))
		}
	}
	b := &bench{}
	var out, only, flags, inside string
	flag.StringVar(&b.argosy, "argosy", "bin/argosy", "the `binary` that is measured")
	flag.StringVar(&b.libcontainer, "libcontainer", "", "`folder` with the programs libcontainer and first")
	flag.StringVar(&b.why, "no-libcontainer", "it was not built", "`why` there are none")
	flag.StringVar(&out, "out", "out/bench/results.jsonl", "`file` for the rows as lines of JSON")
	flag.StringVar(&only, "only", "", "run these `sections` only: "+sectionNames())
	flag.StringVar(&flags, "server-flags", "", "`flags` added to \"argosy server\"")
	flag.StringVar(&inside, "inside", "", "")
	flag.Parse()
	b.flags = strings.Fields(flags)
	var err error
	if inside == "" {
		err = isolate(os.Args[1:])
	} else {
		b.dir = inside
		err = b.runAll(out, strings.Fields(strings.ReplaceAll(only, ",", " ")))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func sectionNames() string {
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	return strings.Join(names, " ")
}

// runAll runs the sections and prints the table, also of a run that was interrupted.
func (b *bench) runAll(out string, only []string) (err error) {
	for _, name := range only {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return fmt.Errorf("there is no section %q; there are: %s", name, sectionNames())
		}
	}
	if b.argosy, err = filepath.Abs(b.argosy); err != nil {
		return err
	}
	if _, err := os.Stat(b.argosy); err != nil {
		return fmt.Errorf("the binary to measure: %w; \"make build\" makes it", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	began := time.Now()
	b.report = &report{machine: describe(b.dir, b.argosy)}
	for _, s := range sections {
		if ctx.Err() != nil {
			break
		}
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(began).Seconds(), s.title)
		b.report.section = s.title
		if failed := s.run(b, ctx); failed != nil {
			b.report.failed(failed)
			err = errors.Join(err, fmt.Errorf("%s: %w", s.title, failed))
		}
	}
	err = errors.Join(err, context.Cause(ctx), b.down())
	b.report.took = time.Since(began)
	b.report.print(os.Stdout)
	return errors.Join(err, b.report.save(out))
}
