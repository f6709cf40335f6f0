package app

import (
	"strings"
	"testing"
	"time"
)

func TestOptionsValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Options)
		want   []string // each must be in the error; none: valid
	}{
		{"defaults", func(*Options) {}, nil},
		{"up", func(o *Options) { o.Node, o.Demo = true, true }, nil},
		{"free port", func(o *Options) { o.Listen = "127.0.0.1:0" }, nil},
		{"every address", func(o *Options) { o.Listen = ":6443" }, nil},
		{"v6", func(o *Options) { o.Listen = "[::1]:6443" }, nil},
		{"no data directory", func(o *Options) { o.DataDir = "" }, []string{"--data-dir"}},
		{"no port", func(o *Options) { o.Listen = "127.0.0.1" }, []string{"--listen", "HOST:PORT"}},
		{"port by name", func(o *Options) { o.Listen = "127.0.0.1:https" }, []string{"--listen", `"https"`}},
		{"port too high", func(o *Options) { o.Listen = "127.0.0.1:65536" }, []string{"--listen", "65535"}},
		{"host name", func(o *Options) { o.Listen = "example.com:6443" }, []string{"--listen", `"example.com"`}},
		{"node name", func(o *Options) { o.NodeName = "My_Node" }, []string{"--node-name", "RFC 1123"}},
		{"grace", func(o *Options) { o.NodeMonitorGracePeriod = -time.Second }, []string{"--node-monitor-grace-period"}},
		{"demo without controllers", func(o *Options) { o.APIOnly, o.Demo = true, true }, []string{"--demo", "--api-only"}},
		{"node without controllers", func(o *Options) { o.APIOnly, o.Node = true, true }, []string{"--api-only"}},
		{"all at once", func(o *Options) { o.DataDir, o.Listen = "", "x" }, []string{"--data-dir", "--listen"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := DefaultOptions()
			tt.change(&o)
			err := o.Validate()
			if len(tt.want) == 0 {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not mention %q", err, want)
				}
			}
		})
	}
}

func TestKubeconfigPath(t *testing.T) {
	o := DefaultOptions()
	if got := o.KubeconfigPath(); got != "/var/lib/argosy/kubeconfig" {
		t.Errorf("by default %s", got)
	}
	o.Kubeconfig = "/tmp/k"
	if got := o.KubeconfigPath(); got != "/tmp/k" {
		t.Errorf("given: %s", got)
	}
}
