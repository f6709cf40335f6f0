package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"argosy.dev/app"
	"argosy.dev/cli/language"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError marks mistakes in the command line itself, so that help is pointed at and the exit code tells them apart.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Main runs the command line and returns the exit code. argv is os.Args: the name that the program was called by, or its
// first argument, decides whether it is argosy or kubectl.
func Main(argv []string) int {
	if app.NetworkPluginCalled(argv) {
		return app.NetworkPlugin(argv[0], os.Stdin, os.Stdout)
	}
	if language.IsKubectl(argv) {
		// Before cobra: everything behind "kubectl" is kubectl's, also what looks like a flag of ours.
		return runKubectl(kubectlArgv(argv), os.Stderr)
	}
	return execute(context.Background(), argv[1:], os.Stdout, os.Stderr)
}

// execute runs one argosy command.
func execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	fmt.Fprintf(errOut, "argosy: %v\n", err)
	if errors.As(err, &usageError{}) {
		fmt.Fprintf(errOut, "Run '%s --help' for usage.\n", cmd.CommandPath())
		return exitUsage
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := group("argosy", "Kubernetes as one program",
		`Argosy is Kubernetes as one program: the same API, real containers, ready in under a second.

  argosy up --demo          a cluster on this machine, with something running in it
  argosy kubectl get pods   look at it`,
		newUp(),
		newServer(),
		newKubectl(),
		newImage(),
		newStore(),
		newRuntime(),
		newVersion(),
	)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// group is a command that only groups others.
func group(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, SuggestionsMinimumDistance: 2, Args: cobra.ArbitraryArgs, RunE: unknownOrHelp}
	cmd.AddCommand(commands...)
	return cmd
}

// unknownOrHelp is the body of a command that only groups others.
func unknownOrHelp(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	msg := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		msg += fmt.Sprintf("; did you mean %q?", strings.Join(near, `" or "`))
	}
	return usageError{errors.New(msg)}
}

// exactly is cobra.ExactArgs with the names of what is missing, reported as wrong usage.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usageError{fmt.Errorf("%s is missing", names[len(args)])}
		case len(args) > len(names):
			return usageError{fmt.Errorf("unexpected argument %q", args[len(names)])}
		}
		return nil
	}
}

// atLeastOne wants one argument or more, reported as wrong usage.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{fmt.Errorf("%s is missing", name)}
		}
		return nil
	}
}
