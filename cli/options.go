package cli

import (
	"os"

	"argosy.dev/app"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// dataDirEnv sets the default of --data-dir for every command, and where "argosy kubectl" looks for credentials.
const dataDirEnv = "ARGOSY_DATA_DIR"

func defaultDataDir() string {
	if dir := os.Getenv(dataDirEnv); dir != "" {
		return dir
	}
	return app.DefaultDataDir
}

func addDataDir(flags *pflag.FlagSet, dir *string) {
	flags.StringVar(dir, "data-dir", defaultDataDir(), "`directory` for everything that is kept; $"+dataDirEnv+" sets another default")
}

// addServing adds the flags that "up" and "server" share.
func addServing(flags *pflag.FlagSet, o *app.Options) {
	addDataDir(flags, &o.DataDir)
	flags.StringVar(&o.Listen, "listen", o.Listen, "`address` of the API server, HOST:PORT; port 0 takes a free one")
	flags.StringVar(&o.Kubeconfig, "kubeconfig", o.Kubeconfig, "`file` for the administrator's credentials (default DATA-DIR/kubeconfig, and the context argosy in your own kubeconfig)")
	flags.StringVar(&o.NodeName, "node-name", o.NodeName, "`name` of this machine in the cluster (default the host name)")
	flags.BoolVar(&o.Demo, "demo", o.Demo, "add a sample Deployment whose image is inside the program")
	flags.BoolVar(&o.KeepPods, "keep-pods", o.KeepPods, "leave the containers running at stop")
	flags.StringVar(&o.PodManifests, "pod-manifest-path", o.PodManifests, "`directory` of manifests of pods that this node runs by itself (default DATA-DIR/manifests)")
	flags.IntVar(&o.MaxPods, "max-pods", o.MaxPods, "how `many` pods this node runs at most")
	flags.StringSliceVar(&o.UnsafeSysctls, "allowed-unsafe-sysctls", o.UnsafeSysctls, "`names` of sysctls that pods may set beside the safe ones, or beginnings of names with a *")
	flags.DurationVar(&o.ShutdownGracePeriod, "shutdown-grace-period", o.ShutdownGracePeriod, "how `long` the node's pods may take to stop when it stops")
	flags.DurationVar(&o.ShutdownGracePeriodCriticalPods, "shutdown-grace-period-critical-pods", o.ShutdownGracePeriodCriticalPods, "the `part` of it that is for pods critical to the node, which stop last")
	addNode(flags, o)
	flags.DurationVar(&o.NodeMonitorGracePeriod, "node-monitor-grace-period", o.NodeMonitorGracePeriod, "how `long` a node may be silent before it counts as not ready")
}

// addNode adds the kubelet's flags about what its node ends and removes.
func addNode(flags *pflag.FlagSet, o *app.Options) {
	e, u := &o.Eviction, &o.Unused
	flags.StringVar(&e.Hard, "eviction-hard", e.Hard, "`thresholds` below which the node ends pods at once: SIGNAL<AMOUNT or SIGNAL<PERCENT%, with commas")
	flags.StringVar(&e.Soft, "eviction-soft", e.Soft, "`thresholds` below which the node ends pods after a while")
	flags.StringVar(&e.SoftGrace, "eviction-soft-grace-period", e.SoftGrace, "how `long` the thresholds of --eviction-soft may be passed: SIGNAL=DURATION")
	flags.StringVar(&e.MinReclaim, "eviction-minimum-reclaim", e.MinReclaim, "how much `more` than a threshold must be there again: SIGNAL=AMOUNT or SIGNAL=PERCENT%")
	flags.DurationVar(&e.Transition, "eviction-pressure-transition-period", e.Transition, "how `long` the node tells of a shortage that is over")
	flags.Int32Var(&e.MaxPodGrace, "eviction-max-pod-grace-period", e.MaxPodGrace, "`seconds` that pods have at most that end for a soft threshold; negative: what they ask for")
	flags.IntVar(&u.High, "image-gc-high-threshold", u.High, "`percent` of the images' disk in use from which on the node removes unused ones; 100 for never")
	flags.IntVar(&u.Low, "image-gc-low-threshold", u.Low, "`percent` of the images' disk in use down to which it does")
	flags.DurationVar(&u.MinAge, "minimum-image-ttl-duration", u.MinAge, "how `long` an unused image is kept at least")
	flags.DurationVar(&u.MaxAge, "image-maximum-gc-age", u.MaxAge, "how `long` an image may be unused; 0 for as long as there is room")
	flags.StringVar(&o.RootDir, "root-dir", o.RootDir, "`directory` below which plugins of the node have their sockets (default /var/lib/kubelet; with another --data-dir, DATA-DIR/kubelet)")
	p := &o.CPUs
	flags.StringVar(&p.Policy, "cpu-manager-policy", p.Policy, "`none`, or static: whole CPUs of Guaranteed pods are theirs alone")
	flags.StringToStringVar(&p.Options, "cpu-manager-policy-options", p.Options, "`options` of the policy static: full-pcpus-only=true gives out whole cores only")
	flags.StringVar(&p.Reserved, "reserved-cpus", p.Reserved, "`list` of CPUs that are kept from pods, like 0-1,4")
	flags.StringVar(&p.Topology, "topology-manager-policy", p.Topology, "`policy` about CPUs near one memory: none, best-effort, restricted or single-numa-node")
	flags.IntVar(&u.Dead, "maximum-dead-containers-per-container", u.Dead, "how `many` ended runs of a container are kept, with their logs")
}

// serve is the body of "up" and "server".
func serve(cmd *cobra.Command, o app.Options) error {
	if err := o.Validate(); err != nil {
		return usageError{err}
	}
	outliveReaders()
	ctx, release := stoppable(cmd)
	defer release()
	return app.Run(ctx, o, cmd.OutOrStdout())
}
