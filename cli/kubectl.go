package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // login plugins of kubeconfigs, as in everybody's kubectl
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/plugin"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// newKubectl is only what the help shows: Main hands "argosy kubectl …" to kubectl before any flag of ours is looked at.
func newKubectl() *cobra.Command {
	return &cobra.Command{
		Use:   "kubectl",
		Short: "kubectl, inside this program",
		Long: `kubectl, whole, inside this program; called by the name kubectl, the program is kubectl too. Plugins (kubectl-NAME on the
PATH) work. Where you have no kubeconfig, it uses the one in the data directory.`,
		DisableFlagParsing: true,
		Run:                func(*cobra.Command, []string) {},
	}
}

// kubectlArgv drops the program's own name from "argosy kubectl …"; called by kubectl's name, nothing needs dropping.
func kubectlArgv(argv []string) []string {
	if strings.HasPrefix(filepath.Base(argv[0]), "kubectl") {
		return argv
	}
	return argv[1:]
}

// runKubectl is the whole of kubectl; argv[0] is its name. kubectl ends the process itself when it fails.
func runKubectl(argv []string, errOut io.Writer) int {
	if path := kubeconfigForLackOfAny(os.Getenv, defaultDataDir()); path != "" {
		if err := os.Setenv(clientcmd.RecommendedConfigPathEnvVar, path); err != nil {
			fmt.Fprintf(errOut, "argosy: choosing the kubeconfig %s: %v\n", path, err)
			return exitFailed
		}
	}
	cmd := kubectl.NewDefaultKubectlCommandWithArgs(kubectl.KubectlOptions{
		PluginHandler: kubectl.NewDefaultPluginHandler(plugin.ValidPluginFilenamePrefixes),
		Arguments:     argv,
		IOStreams:     genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
	})
	cmd.SetArgs(argv[1:])
	cmd.SilenceErrors = true // CheckErr below prints them, in kubectl's words
	addLogging(cmd.PersistentFlags())
	defer klog.Flush()
	if err := cmd.Execute(); err != nil {
		cmdutil.CheckErr(err)
	}
	return exitDone
}

// addLogging gives kubectl its flags -v and --vmodule; kubectl's libraries log with klog.
func addLogging(flags *pflag.FlagSet) {
	var all flag.FlagSet
	klog.InitFlags(&all)
	for _, name := range []string{"v", "vmodule"} {
		f := pflag.PFlagFromGoFlag(all.Lookup(name))
		flags.AddFlag(f)
	}
}

// kubeconfigForLackOfAny returns DATA-DIR/kubeconfig if the user has said nothing else and it can be read, "" otherwise.
// Saying something else is KUBECONFIG, a kubeconfig of one's own with anything in it, or being a Pod.
func kubeconfigForLackOfAny(getenv func(string) string, dataDir string) string {
	if getenv(clientcmd.RecommendedConfigPathEnvVar) != "" || getenv("KUBERNETES_SERVICE_HOST") != "" {
		return ""
	}
	if home := getenv("HOME"); home != "" {
		own, err := clientcmd.LoadFromFile(filepath.Join(home, clientcmd.RecommendedHomeDir, clientcmd.RecommendedFileName))
		// One that is there but broken is the user's to hear about, from kubectl.
		if err != nil && !os.IsNotExist(err) {
			return ""
		}
		if err == nil && len(own.Contexts)+len(own.Clusters) > 0 {
			return ""
		}
	}
	path := filepath.Join(dataDir, "kubeconfig")
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	f.Close()
	return path
}
