package certificates

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var testNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func testOptions(dir string) Options {
	h := Host{HostName: "Box", NodeName: "node-1", Listen: "192.0.2.7:6443", IPs: []net.IP{net.ParseIP("198.51.100.9")}}
	return Options{
		Dir:       dir,
		APIServer: APIServerNames(h, net.ParseIP("10.96.0.1"), "cluster.local"),
		NodeName:  "node-1",
		Node:      NodeNames(h),
		Now:       func() time.Time { return testNow },
	}
}

func mustOpen(t testing.TB, o Options) *PKI {
	t.Helper()
	p, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// contents is every file of a directory, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

// changed are the names that differ between two contents.
func changed(before, after map[string]string) []string {
	var names []string
	for name := range after {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// written are the files of a new directory in the order in which they are made.
var written = []string{"ca.key", "ca.crt", "front-proxy-ca.key", "front-proxy-ca.crt", "sa.key", "sa.pub",
	"apiserver.pem", "admin.pem", "controller-manager.pem", "scheduler.pem", "node-client.pem", "node-server.pem"}

func TestFirstStartWritesEverythingClosedToOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "pki")
	mustOpen(t, testOptions(dir))
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info.Mode(), err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != len(written) {
		t.Errorf("files: %v", entries)
	}
	for _, name := range written {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		want := fs.FileMode(0o600)
		if filepath.Ext(name) == ".crt" || filepath.Ext(name) == ".pub" {
			want = 0o644
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
}

func TestSecondStartChangesNothing(t *testing.T) {
	dir := t.TempDir()
	first := mustOpen(t, testOptions(dir))
	before := contents(t, dir)
	second := mustOpen(t, testOptions(dir))
	if got := changed(before, contents(t, dir)); got != nil {
		t.Errorf("changed: %v", got)
	}
	if !bytes.Equal(first.Client(Admin).KeyPEM, second.Client(Admin).KeyPEM) || first.Client(Admin).KeyPEM == nil {
		t.Error("the administrator's key is not the one on disk")
	}
}

func TestOpenModesAreClosed(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, testOptions(dir))
	for name, mode := range map[string]fs.FileMode{"": 0o755, "ca.key": 0o644, "admin.pem": 0o640} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	mustOpen(t, testOptions(dir))
	for name, want := range map[string]fs.FileMode{"": 0o700, "ca.key": 0o600, "admin.pem": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v, %v; want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

func TestInterruptedFirstStartRecovers(t *testing.T) {
	whole := t.TempDir()
	mustOpen(t, testOptions(whole))
	files := contents(t, whole)
	for n := range written {
		for _, last := range []string{"absent", "empty"} {
			dir := t.TempDir()
			kept := map[string]string{}
			for _, name := range written[:n] {
				kept[name] = files[name]
			}
			if last == "empty" {
				kept[written[n]] = ""
			}
			kept[".ca.key.argosy-tmp-77"] = "half a k"
			for name, data := range kept {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p, err := Open(testOptions(dir))
			if err != nil {
				t.Errorf("%s %s: %v", written[n], last, err)
				continue
			}
			after := contents(t, dir)
			if len(after) != len(written) {
				t.Errorf("%s %s: files %v", written[n], last, after)
			}
			for _, name := range written[:n] {
				// Without ca.crt the authority is a new one of the same key, and everything else is still to come.
				if after[name] != files[name] {
					t.Errorf("%s %s: %s was replaced", written[n], last, name)
				}
			}
			handshake(t, p, p.Client(Admin), "localhost")
		}
	}
}

func TestWhatChangesIsIssuedAnew(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Options)
		files  []string
	}{
		{"another address", func(o *Options) { o.APIServer.IPs = append(o.APIServer.IPs, net.ParseIP("203.0.113.5")) }, []string{"apiserver.pem"}},
		{"an address less", func(o *Options) { o.APIServer.IPs = o.APIServer.IPs[1:] }, []string{"apiserver.pem"}},
		{"other order and case", func(o *Options) {
			slices.Reverse(o.APIServer.IPs)
			o.APIServer.DNS = append([]string{"LOCALHOST"}, o.APIServer.DNS...)
		}, nil},
		{"another node", func(o *Options) { o.NodeName = "node-2" }, []string{"node-client.pem", "node-server.pem"}},
		{"no node", func(o *Options) { o.NodeName = "" }, nil},
		{"half a year later", func(o *Options) { o.Now = func() time.Time { return testNow.AddDate(0, 6, 0) } }, nil},
		{"nine months later", func(o *Options) { o.Now = func() time.Time { return testNow.AddDate(0, 9, 0) } }, []string{
			"admin.pem", "apiserver.pem", "controller-manager.pem", "node-client.pem", "node-server.pem", "scheduler.pem"}},
		{"a clock slightly behind", func(o *Options) { o.Now = func() time.Time { return testNow.Add(-4 * time.Minute) } }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			mustOpen(t, testOptions(dir))
			before := contents(t, dir)
			o := testOptions(dir)
			tt.change(&o)
			mustOpen(t, o)
			if got := changed(before, contents(t, dir)); !slices.Equal(got, tt.files) {
				t.Errorf("issued anew: %v, want %v", got, tt.files)
			}
		})
	}
}

// At the end of the authority's life its certificates end with it; they are not renewed again and again.
func TestCertificatesEndWithTheirAuthority(t *testing.T) {
	dir := t.TempDir()
	o := testOptions(dir)
	p := mustOpen(t, o)
	late := p.CA().Certificate.NotAfter.AddDate(0, -1, 0)
	o.Now = func() time.Time { return late }
	p = mustOpen(t, o)
	if renewed, err := p.Renew(); err != nil || renewed != nil {
		t.Errorf("renewed %v, %v", renewed, err)
	}
	pair, err := p.IssueClient("jane", nil, 10*365*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := pair.TLS()
	if !cert.Leaf.NotAfter.Equal(p.CA().Certificate.NotAfter) {
		t.Errorf("ends on %v, after its authority on %v", cert.Leaf.NotAfter, p.CA().Certificate.NotAfter)
	}
}

// Removing the authority is how everything is made new: what the old one issued is recognized as ours and replaced.
func TestNewAuthorityReplacesWhatTheOldOneIssued(t *testing.T) {
	dir := t.TempDir()
	old := mustOpen(t, testOptions(dir))
	for _, name := range []string{"ca.crt", "ca.key"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	p := mustOpen(t, testOptions(dir))
	handshake(t, p, p.Client(Admin), "localhost")
	roots := old.CA().Pool()
	cert, err := p.APIServer().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: testNow}); err == nil {
		t.Error("the server still shows the old authority's certificate")
	}
}

func TestTokenKeyRotation(t *testing.T) {
	dir := t.TempDir()
	old := mustOpen(t, testOptions(dir)).TokenKeys()
	if err := os.Rename(filepath.Join(dir, "sa.pub"), filepath.Join(dir, "sa-2025.pub")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "sa.key")); err != nil {
		t.Fatal(err)
	}
	keys := mustOpen(t, testOptions(dir)).TokenKeys()
	if samePublicKey(keys.Signing.Public(), old.Signing.Public()) {
		t.Error("the key is still the old one")
	}
	if len(keys.Accepted) != 1 || !samePublicKey(keys.Accepted[0], old.Signing.Public()) {
		t.Errorf("accepted: %v", keys.Accepted)
	}
}

func TestKeepFreshRenewsWhileRunning(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o := testOptions(dir)
		o.Now = time.Now
		p := mustOpen(t, o)
		first, _ := p.APIServer().GetCertificate(nil)
		admin := p.Client(Admin)

		ctx, cancel := context.WithCancel(t.Context())
		reports := make(chan []string, 10)
		var running sync.WaitGroup
		running.Go(func() {
			p.KeepFresh(ctx, 12*time.Hour, func(renewed []string, err error) {
				if err != nil {
					t.Error(err)
				}
				reports <- renewed
			})
		})
		time.Sleep(200 * 24 * time.Hour)
		if len(reports) != 0 {
			t.Errorf("renewed too early: %v", <-reports)
		}
		time.Sleep(100 * 24 * time.Hour)
		cancel()
		running.Wait()
		if n := len(reports); n != 1 {
			t.Fatalf("renewed %d times, want once", n)
		}
		if renewed := <-reports; len(renewed) != 6 {
			t.Errorf("renewed %v, want six files", renewed)
		}
		second, _ := p.APIServer().GetCertificate(nil)
		if !second.Leaf.NotAfter.After(first.Leaf.NotAfter) {
			t.Error("the server still shows the old certificate")
		}
		if bytes.Equal(admin.CertPEM, p.Client(Admin).CertPEM) {
			t.Error("the administrator's certificate is the old one")
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	o := testOptions(t.TempDir())
	p := mustOpen(t, o)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				if _, err := p.Renew(); err != nil {
					t.Error(err)
				}
				if _, err := p.IssueClient("u", []string{"g"}, time.Hour); err != nil {
					t.Error(err)
				}
				if _, err := p.APIServer().GetCertificate(&tls.ClientHelloInfo{}); err != nil {
					t.Error(err)
				}
				if p.Client(Scheduler).CertPEM == nil {
					t.Error("no certificate")
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkFirstStart(b *testing.B) {
	for b.Loop() {
		mustOpen(b, testOptions(filepath.Join(b.TempDir(), "pki")))
	}
}

func BenchmarkSecondStart(b *testing.B) {
	o := testOptions(b.TempDir())
	mustOpen(b, o)
	for b.Loop() {
		mustOpen(b, o)
	}
}
