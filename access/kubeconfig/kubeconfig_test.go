package kubeconfig

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

func creds() Credentials {
	return Credentials{DataDir: "/var/lib/argosy", Server: "https://127.0.0.1:6443", CA: []byte("ca"), Cert: []byte("cert"), Key: []byte("key")}
}

// others is a kubeconfig in which other clusters are, with most of what the format can hold.
const others = `apiVersion: v1
kind: Config
current-context: work
preferences:
  colors: true
extensions:
- name: some.tool
  extension: {a: 1, b: [x, y]}
contexts:
- name: work
  context: {cluster: work, user: jane, namespace: shop, extensions: [{name: t, extension: {k: v}}]}
- name: alpha
  context: {cluster: alpha, user: cloud}
clusters:
- name: work
  cluster: {server: "https://work.example:6443", certificate-authority: ../ca.crt, tls-server-name: w, disable-compression: true}
- name: alpha
  cluster: {server: "https://alpha.example", insecure-skip-tls-verify: true, proxy-url: "http://proxy:1"}
users:
- name: jane
  user: {client-certificate-data: Y2VydA==, client-key-data: a2V5, as: bob, as-groups: [g], as-user-extra: {scope: [s]}}
- name: cloud
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: aws
      args: [eks, get-token]
      env: [{name: B, value: "2"}, {name: A, value: "1"}]
      interactiveMode: IfAvailable
      provideClusterInfo: false
- name: basic
  user: {username: u, password: p}
- name: token
  user: {tokenFile: tok, auth-provider: {name: gcp, config: {k: v}}}
`

func put(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parse(t *testing.T, path string) *api.Config {
	t.Helper()
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// reaches fails unless the file's context argosy is what the credentials say.
func reaches(t *testing.T, path string, c Credentials) {
	t.Helper()
	got, err := clientcmd.NewNonInteractiveClientConfig(*parse(t, path), Name, nil, nil).ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	if got.Host != c.Server || string(got.CAData) != string(c.CA) || string(got.CertData) != string(c.Cert) || string(got.KeyData) != string(c.Key) {
		t.Errorf("the context leads to %s with %q %q %q", got.Host, got.CAData, got.CertData, got.KeyData)
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "kubeconfig")
	c := creds()
	if err := Write(path, c); err != nil {
		t.Fatal(err)
	}
	reaches(t, path, c)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got := parse(t, path).CurrentContext; got != Name {
		t.Errorf("current context %q", got)
	}

	// What the user adds to the file stays, other credentials replace the old ones, wherever they were made.
	config := parse(t, path)
	config.Contexts[Name].Namespace = "shop"
	config.Contexts["mine"] = &api.Context{Cluster: Name, AuthInfo: Name}
	config.CurrentContext = "mine"
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	c.DataDir, c.Server, c.CA, c.Key = "/srv/argosy", "https://127.0.0.1:7443", []byte("ca2"), []byte("key2")
	if err := Write(path, c); err != nil {
		t.Fatal(err)
	}
	reaches(t, path, c)
	config = parse(t, path)
	if config.CurrentContext != "mine" || config.Contexts["mine"] == nil || config.Contexts[Name].Namespace != "shop" {
		t.Errorf("lost: %+v", config)
	}
}

func TestWriteDoesNotWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kubeconfig")
	put(t, path+".lock", "")
	if err := Write(path, creds()); err != nil {
		t.Error(err)
	}
}

func TestWriteRefusesWhatIsNotOurs(t *testing.T) {
	for name, content := range map[string]string{
		"a context":  "contexts: [{name: argosy, context: {cluster: other, user: other}}]",
		"a cluster":  "clusters: [{name: argosy, cluster: {server: 'https://other'}}]",
		"a user":     "users: [{name: argosy, user: {token: t}}]",
		"malformed":  "contexts: [",
		"not a map":  "- a\n- b\n",
		"other kind": "apiVersion: v1\nkind: Pod\n",
	} {
		path := filepath.Join(t.TempDir(), "kubeconfig")
		put(t, path, content)
		if err := Write(path, creds()); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if read(t, path) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestMergeKeepsEverythingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	put(t, path, others)
	before := parse(t, path)
	c := creds()
	if err := Merge([]string{path}, c); err != nil {
		t.Fatal(err)
	}
	reaches(t, path, c)
	merged := parse(t, path)
	if merged.CurrentContext != "work" {
		t.Errorf("the current context is now %q", merged.CurrentContext)
	}
	delete(merged.Contexts, Name)
	delete(merged.Clusters, Name)
	delete(merged.AuthInfos, Name)
	if diff := cmp.Diff(before, merged); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the key in it has mode %v", info.Mode())
	}

	if err := Unmerge([]string{path}, c.DataDir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, parse(t, path)); diff != "" {
		t.Errorf("after taking it out again (-before +after):\n%s", diff)
	}
	if _, err := os.Stat(path + ".lock"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock is left: %v", err)
	}
}

func TestMergeIntoNothing(t *testing.T) {
	for _, content := range []string{"", "\n", "absent"} {
		path := filepath.Join(t.TempDir(), ".kube", "config")
		if content != "absent" {
			if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			put(t, path, content)
		}
		c := creds()
		if err := Merge([]string{path}, c); err != nil {
			t.Fatal(err)
		}
		reaches(t, path, c)
		if got := parse(t, path).CurrentContext; got != Name {
			t.Errorf("current context %q", got)
		}
		if err := Unmerge([]string{path}, c.DataDir); err != nil {
			t.Fatal(err)
		}
		if config := parse(t, path); config.CurrentContext != "" || len(config.Contexts)+len(config.Clusters)+len(config.AuthInfos) != 0 {
			t.Errorf("left after taking it out: %+v", config)
		}
	}
}

func TestMergeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	put(t, path, others)
	c := creds()
	merge := func() error { return Merge([]string{path}, c) }
	if err := merge(); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(path)
	if err := merge(); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.Stat(path); !os.SameFile(info, again) {
		t.Error("the file was written although nothing had changed")
	}

	config := parse(t, path)
	config.Contexts[Name].Namespace = "shop"
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	c.Server, c.Cert = "https://127.0.0.1:7443", []byte("cert2")
	if err := merge(); err != nil {
		t.Fatal(err)
	}
	reaches(t, path, c)
	if got := parse(t, path).Contexts[Name].Namespace; got != "shop" {
		t.Errorf("the user's default namespace is now %q", got)
	}

	// The data directory was moved: the authority tells that it is the same cluster.
	c.DataDir = "/srv/argosy"
	if err := merge(); err != nil {
		t.Fatal(err)
	}
	// A new cluster in the same directory.
	c.CA = []byte("ca2")
	if err := merge(); err != nil {
		t.Fatal(err)
	}
	reaches(t, path, c)
}

func TestSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	files := UserFiles(func(name string) string {
		return map[string]string{"KUBECONFIG": ":" + first + "::" + second, "HOME": "/home/jane"}[name]
	})
	if !slices.Equal(files, []string{first, second}) {
		t.Fatalf("files %v", files)
	}
	put(t, second, others)
	if err := Merge(files, creds()); err != nil {
		t.Fatal(err)
	}
	reaches(t, first, creds())
	if got := parse(t, first).CurrentContext; got != "" {
		t.Errorf("the second file's current context is overruled by %q", got)
	}
	if read(t, second) != others {
		t.Error("the second file was changed")
	}

	put(t, second, "contexts: [{name: argosy, context: {cluster: other, user: other}}]")
	if err := os.Remove(first); err != nil {
		t.Fatal(err)
	}
	if err := Merge(files, creds()); err == nil || !strings.Contains(err.Error(), second) {
		t.Errorf("the second file's context argosy would be hidden: %v", err)
	}

	home := UserFiles(func(name string) string { return map[string]string{"HOME": "/home/jane"}[name] })
	if !slices.Equal(home, []string{"/home/jane/.kube/config"}) {
		t.Errorf("files %v", home)
	}
	if none := UserFiles(func(string) string { return "" }); len(none) != 0 {
		t.Errorf("files %v", none)
	}
}

func TestUnmergeTakesOnlyOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	another := creds()
	another.DataDir, another.CA = "/srv/another", []byte("ca2")
	if err := Merge([]string{path}, another); err != nil {
		t.Fatal(err)
	}
	before := read(t, path)
	if err := Unmerge([]string{path, path + "-missing"}, creds().DataDir); err != nil {
		t.Fatal(err)
	}
	if read(t, path) != before {
		t.Error("another cluster's context was taken out")
	}
	if _, err := os.Stat(path + "-missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	put(t, path, "contexts: [")
	if err := Unmerge([]string{path}, creds().DataDir); err == nil {
		t.Error("no error for a malformed file")
	}
}

func TestLinkAndOwnerStay(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "dotfiles"), filepath.Join(dir, "config")
	put(t, real, others)
	if err := os.Symlink("dotfiles", link); err != nil {
		t.Fatal(err)
	}
	uid := os.Geteuid()
	if uid == 0 {
		uid = 12345
		for _, path := range []string{dir, real} {
			if err := os.Chown(path, uid, uid); err != nil {
				t.Fatal(err)
			}
		}
	}
	fresh := filepath.Join(dir, "home", ".kube", "config")
	for _, path := range []string{link, fresh} {
		if err := Merge([]string{path}, creds()); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
	reaches(t, real, creds())
	for _, path := range []string{real, fresh, filepath.Dir(fresh), filepath.Dir(filepath.Dir(fresh))} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; int(got) != uid {
			t.Errorf("%s belongs to %d, want %d", path, got, uid)
		}
	}
}

func TestConcurrentMerges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	put(t, path, others)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			// Whoever finds the lock taken says so; nobody spoils the file.
			if err := Merge([]string{path}, creds()); err != nil && !strings.Contains(err.Error(), ".lock") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	reaches(t, path, creds())
	if len(parse(t, path).Contexts) != 3 {
		t.Error("contexts were lost")
	}
}

func TestServerURL(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:6443": "https://127.0.0.1:6443", "localhost:7443": "https://localhost:7443", ":6443": "https://127.0.0.1:6443",
		"0.0.0.0:6443": "https://127.0.0.1:6443", "[::]:6443": "https://[::1]:6443", "[2001:db8::1]:1": "https://[2001:db8::1]:1",
	} {
		if got, err := ServerURL(listen); got != want || err != nil {
			t.Errorf("ServerURL(%q) = %q, %v; want %q", listen, got, err, want)
		}
	}
	if _, err := ServerURL("6443"); err == nil {
		t.Error("no error for an address without a port")
	}
}
