package cli

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// syncBuffer is a bytes.Buffer for one writer and one reader in different goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestInterruptible(t *testing.T) {
	var errOut syncBuffer
	exited := make(chan int, 1)
	ctx, release := interruptible(context.Background(), &errOut, func(code int) { exited <- code })
	defer release()
	if ctx.Err() != nil {
		t.Fatal("ended before any signal")
	}

	interrupt(t)
	<-ctx.Done()
	select {
	case code := <-exited:
		t.Fatalf("the first interrupt exited with %d", code)
	default:
	}
	if !strings.Contains(errOut.String(), "stopping") {
		t.Errorf("the first interrupt said %q", errOut.String())
	}

	interrupt(t)
	if code := <-exited; code != exitInterrupted {
		t.Errorf("the second interrupt exited with %d, want %d", code, exitInterrupted)
	}
	if !strings.Contains(errOut.String(), "at once") {
		t.Errorf("the second interrupt said %q", errOut.String())
	}
}

func interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}
