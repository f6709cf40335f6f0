package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"argosy.dev/test/e2e/cluster"
)

// sharedTests run beside each other on one cluster, each in namespaces of its own. What they are about is the cluster's ordinary
// life: none may stop it, fill it, or change what others see.
var sharedTests = []struct {
	name string
	test func(*testing.T, *cluster.Cluster)
}{
	{"apply", testApply},
	{"reading", testReading},
	{"describing", testDescribing},
	{"watching", testWatching},
	{"changing", testChanging},
	{"deleting", testDeleting},
	{"rollouts", testRollouts},
	{"logs", testLogs},
	{"exec", testExec},
	{"copying", testCopying},
	{"port-forward", testPortForward},
	{"attach", testAttach},
	{"crash loop", testCrashLoop},
	{"pulling", testPulling},
	{"ends", testEnds},
	{"termination messages", testTerminationMessages},
	{"grace", testGrace},
	{"company", testCompany},
	{"debugging", testDebug},
	{"restart rules", testRestartRules},
	{"refused pods", testRefusedPods},
	{"identity", testIdentity},
	{"confinement", testConfinement},
	{"user namespaces", testUserNamespaces},
	{"resize", testResize},
	{"probes", testProbes},
	{"environment", testEnvironment},
	{"missing config", testMissingConfig},
	{"limits", testLimits},
	{"volumes", testVolumes},
	{"claims", testBoundVolumes},
	{"scratch limit", testScratchLimit},
	{"storage limit", testStorageLimit},
	{"token", testToken},
	{"pod network", testPodNetwork},
	{"images of a node", testImagesOfANode},
	{"figures", testFigures},
	{"scheduling", testScheduling},
	{"namespaces", testNamespaces},
	{"serving", testServing},
}

func TestCluster(t *testing.T) {
	t.Parallel()
	c := cluster.New(t)
	addTool(t, c.DataDir)
	if err := os.WriteFile(filepath.Join(c.DataDir, "images", "registries.yaml"), []byte(registriesFile), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Start(t)
	for _, shared := range sharedTests {
		t.Run(shared.name, func(t *testing.T) {
			t.Parallel()
			shared.test(t, c)
		})
	}
}

// toolImage is what runs in the tests' containers: test/images/tool.
const toolImage = "tool:v1"

// addTool puts the tool's image into a data directory, of a cluster that runs or not.
func addTool(t *testing.T, dataDir string) {
	t.Helper()
	dir, err := toolFiles()
	if err != nil {
		t.Fatal(err)
	}
	cluster.Run(t, "image", "build", "-t", toolImage, "--add", dir+":/", "--env", "PATH=/bin", "--entrypoint", "/bin/sh", "--data-dir", dataDir).OK(t)
}

// toolFiles are the files of the tool's image, made once; TestMain removes them.
var toolFiles = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "argosy-tool-")
	if err != nil {
		return "", err
	}
	toolDir = dir
	program := filepath.Join(dir, "tool")
	build := exec.Command("go", "build", "-o", program, "argosy.dev/test/images/tool")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	for _, cmd := range []*exec.Cmd{build, exec.Command(program, "install", filepath.Join(dir, "image", "bin"))} {
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "image"), nil
})

var toolDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if toolDir != "" {
		_ = os.RemoveAll(toolDir)
	}
	os.Exit(code)
}
