package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// describe logs what the cluster holds, everywhere or as told, for the reader of a failed test.
func (c *Cluster) describe(t testing.TB, where string) {
	for _, args := range [][]string{
		{"get", "nodes,deployments,replicasets,pods", where, "-o", "wide"},
		{"get", "events", where, "--sort-by=.lastTimestamp"},
	} {
		cmd := c.Client().Command(t, slices.Concat(args, []string{"--request-timeout=5s"})...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := c.Host.Do(cmd.Run); err != nil {
			fmt.Fprintln(&out, err)
		}
		t.Logf("kubectl %s:\n%s", strings.Join(args, " "), out.String())
	}
}

func (c *Cluster) keepOutput(t testing.TB) {
	t.Logf("argosy's last lines:\n%s", c.out.tail(60))
	dir := os.Getenv("ARGOSY_E2E_OUT")
	if dir == "" {
		dir = filepath.Join(repository(t), "out", "e2e")
	}
	name := filepath.Join(dir, strings.NewReplacer("/", "_", " ", "_").Replace(t.Name())+".log")
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(c.out.String()), 0o644)
	}
	if err != nil {
		t.Logf("keeping argosy's output: %v", err)
		return
	}
	t.Logf("all of argosy's output: %s", name)
}
