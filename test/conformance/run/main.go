package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	argosy, out, known, doc string
	reports                 string
	focus, skip, labels     string
	procs                   int
	withKnown               bool
	timeout                 time.Duration
	listen                  string
}

// How a run ended, as an exit code.
const (
	exitBroken     = 1 // there was no run
	exitUnexpected = 3 // the run does not agree with the list
)

var errUnexpected = errors.New("the run does not agree with the list of known failures")

func main() {
	var o options
	flag.StringVar(&o.argosy, "argosy", "bin/argosy", "the `program` under test")
	flag.StringVar(&o.out, "out", "out/conformance", "`folder` of e2e.test, ginkgo and images.tar, and for all that is written")
	flag.StringVar(&o.known, "known", "test/conformance/known.txt", "`file` of the known failures")
	flag.StringVar(&o.doc, "doc", "", "`file` to write the summary to, as Markdown")
	flag.StringVar(&o.reports, "reports", "", "judge the `files` of runs there have been, separated by commas, instead of running; of a spec the last run that ran it counts")
	flag.StringVar(&o.labels, "labels", "Conformance", "Ginkgo's `filter` of labels")
	flag.StringVar(&o.focus, "focus", "", "only specs whose names match this `expression`")
	flag.StringVar(&o.skip, "skip", "", "no specs whose names match this `expression`")
	flag.IntVar(&o.procs, "procs", 2, "specs at the same time, where they allow it")
	flag.BoolVar(&o.withKnown, "with-known", false, "run the known failures as well, which mostly wait until they time out")
	flag.DurationVar(&o.timeout, "timeout", 4*time.Hour, "how `long` the whole suite may take")
	flag.StringVar(&o.listen, "listen", "192.0.2.2:6443", "`address` of the API server, on the host of its own")
	flag.Parse()

	if os.Getenv(stageEnv) == stageInit {
		code, err := reap()
		if err != nil {
			fmt.Fprintln(os.Stderr, "conformance:", err)
			os.Exit(exitBroken)
		}
		os.Exit(code)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		if errors.Is(err, errUnexpected) {
			os.Exit(exitUnexpected)
		}
		os.Exit(exitBroken)
	}
}

// run is the outer process, which makes the namespaces and judges what came out of them, or the one that works in them.
func run(o options) error {
	for _, path := range []*string{&o.argosy, &o.out, &o.known} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = absolute
	}
	list, err := readKnown(o.known)
	if err != nil {
		return err
	}
	if os.Getenv(stageEnv) == stageWork {
		return raiseAndRun(o, list)
	}
	if o.reports != "" {
		return conclude(o, list, strings.Split(o.reports, ","))
	}
	report := filepath.Join(o.out, reportFile)
	if err := os.Remove(report); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := isolate(o.out); err != nil {
		return err
	}
	return conclude(o, list, []string{report})
}

// conclude holds reports against the list.
func conclude(o options, list known, reports []string) error {
	var all []outcome
	for _, report := range reports {
		outcomes, err := readReport(report)
		if err != nil {
			return fmt.Errorf("the suite left no report, see %s beside it: %w", suiteLog, err)
		}
		all = merge(all, outcomes)
	}
	s := judge(all, list)
	s.print(os.Stdout)
	if o.doc != "" {
		if err := os.WriteFile(o.doc, s.markdown(list), 0o644); err != nil {
			return err
		}
	}
	if len(s.unexpected)+len(s.healed) > 0 {
		return errUnexpected
	}
	return nil
}
