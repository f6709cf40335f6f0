package runtime

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// recordFile holds what is known of a sandbox or container, in its state directory. It is replaced as a whole and not
// flushed: after a power cut nothing of what it tells runs any more.
const recordFile = "record.json"

func newID() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func writeRecord(dir string, record any) error {
	b, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("encoding a record: %w", err)
	}
	if err := writeWhole(filepath.Join(dir, recordFile), b, 0o600); err != nil {
		return fmt.Errorf("keeping a record: %w", err)
	}
	return nil
}

func writeWhole(path string, b []byte, mode os.FileMode) error {
	part := path + ".part"
	if err := os.WriteFile(part, b, mode); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return os.Rename(part, path)
}

func readRecord(dir string, record any) error {
	b, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, record); err != nil {
		return fmt.Errorf("the record in %s is broken: %w", dir, err)
	}
	return nil
}

func notFound(what, id string) error {
	return status.Errorf(codes.NotFound, "there is no %s %q", what, id)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func unimplemented(format string, args ...any) error {
	return status.Errorf(codes.Unimplemented, format, args...)
}

// lookup finds an entry by its id or, as every runtime allows, by a unique beginning of it.
func lookup[T any](m map[string]T, id string) (found T, ok bool) {
	if found, ok = m[id]; ok || id == "" {
		return found, ok
	}
	for full, v := range m {
		if strings.HasPrefix(full, id) {
			if ok {
				return *new(T), false
			}
			found, ok = v, true
		}
	}
	return found, ok
}

func (r *Runtime) sandbox(id string) (*sandbox, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s, ok := lookup(r.sandboxes, id)
	if !ok {
		return nil, notFound("pod sandbox", id)
	}
	return s, nil
}

func (r *Runtime) container(id string) (*container, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, ok := lookup(r.containers, id)
	if !ok {
		return nil, notFound("container", id)
	}
	return c, nil
}

func isNotFound(err error) bool { return status.Code(err) == codes.NotFound }

// matches reports whether labels have all that a filter wants.
func matches(labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}
