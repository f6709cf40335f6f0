package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDamage opens a directory in which something is wrong. The error must name the file and say what to do, and the
// file must be left as it is.
func TestDamage(t *testing.T) {
	garbage := []byte("not a key")
	tests := []struct {
		name, file string
		damage     func(t *testing.T, dir string)
		advice     string
		after      time.Duration
	}{
		{"authority's key gone", "ca.key", remove("ca.key"), "backup", 0},
		{"authority's key empty", "ca.key", overwrite("ca.key", nil), "backup", 0},
		{"authority's key garbage", "ca.key", overwrite("ca.key", garbage), "backup", 0},
		{"authority's key of another cluster", "ca.crt", foreign("ca.key"), "backup", 0},
		{"authority garbage", "ca.crt", overwrite("ca.crt", garbage), "backup", 0},
		{"authority cut short", "ca.crt", truncate("ca.crt"), "backup", 0},
		{"authority that is none", "ca.crt", notAnAuthority, "backup", 0},
		{"authority expired", "ca.crt", nil, "start with new keys", 11 * 365 * 24 * time.Hour},
		{"clock far behind", "ca.crt", nil, "clock", -48 * time.Hour},
		{"front proxy's key gone", "front-proxy-ca.key", remove("front-proxy-ca.key"), "backup", 0},
		{"token key gone", "sa.key", remove("sa.key"), "backup", 0},
		{"token key garbage", "sa.key", overwrite("sa.key", garbage), "backup", 0},
		{"token key of another cluster", "sa.pub", foreign("sa.key"), "sa-old.pub", 0},
		{"old token key garbage", "sa-old.pub", overwrite("sa-old.pub", garbage), "remove it", 0},
		{"server certificate garbage", "apiserver.pem", overwrite("apiserver.pem", garbage), "remove it", 0},
		{"server certificate cut short", "apiserver.pem", truncate("apiserver.pem"), "remove it", 0},
		{"server certificate of someone else", "apiserver.pem", selfSigned, "remove it", 0},
		{"a directory in a key's place", "ca.key", directoryAt("ca.key"), "move it away", 0},
		{"huge file", "admin.pem", overwrite("admin.pem", make([]byte, 2<<20)), "move it away", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			o := testOptions(dir)
			mustOpen(t, o)
			if tt.damage != nil {
				tt.damage(t, dir)
			}
			damaged, _ := os.ReadFile(filepath.Join(dir, tt.file))
			o.Now = func() time.Time { return testNow.Add(tt.after) }
			_, err := Open(o)
			if err == nil {
				t.Fatal("no error")
			}
			if msg := err.Error(); !strings.Contains(msg, filepath.Join(dir, tt.file)) || !strings.Contains(msg, tt.advice) {
				t.Errorf("the error does not name %s or does not say %q: %s", tt.file, tt.advice, msg)
			}
			if after, _ := os.ReadFile(filepath.Join(dir, tt.file)); string(after) != string(damaged) {
				t.Errorf("%s was changed", tt.file)
			}
		})
	}
}

func TestDirectoryThatIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pki")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{path, filepath.Join(path, "below")} {
		if _, err := Open(testOptions(dir)); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "not a directory") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestDirectoryOfAnotherUser(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, testOptions(dir))
	if err := os.Chmod(filepath.Join(dir, "ca.crt"), 0); err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() {
		if os.Geteuid() == 0 {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine and takes its user along
			if err := unix.Setfsuid(65534); err != nil {
				t.Error(err)
			}
		}
		_, err := Open(testOptions(dir))
		result <- err
	}()
	err := <-result
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "owner") {
		t.Errorf("error: %v", err)
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func overwrite(name string, data []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func truncate(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		overwrite(name, data[:len(data)/2])(t, dir)
	}
}

func foreign(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		other := t.TempDir()
		mustOpen(t, testOptions(other))
		data, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			t.Fatal(err)
		}
		overwrite(name, data)(t, dir)
	}
}

func directoryAt(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		remove(name)(t, dir)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// notAnAuthority replaces ca.crt by a certificate of the right key that may not issue others.
func notAnAuthority(t *testing.T, dir string) {
	data, err := os.ReadFile(filepath.Join(dir, "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := parseKey(data)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: testNow.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	overwrite("ca.crt", encodeCertificate(der))(t, dir)
}

// selfSigned replaces apiserver.pem by a pair that is sound, but not issued by the cluster.
func selfSigned(t *testing.T, dir string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: testNow.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pair := append(encodeCertificate(der), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})...)
	overwrite("apiserver.pem", pair)(t, dir)
}
