package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Listen makes a listening unix socket at path for a supervisor to serve. Paths may be longer than a socket address.
func Listen(path string) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making a socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), path)
	err = throughDirectory(path, func(short string) error {
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: short}); err != nil {
			return err
		}
		return unix.Chmod(short, 0o600)
	})
	if err == nil {
		err = unix.Listen(fd, 16)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	return file, nil
}

func dial(ctx context.Context, path string) (*net.UnixConn, error) {
	var conn net.Conn
	err := throughDirectory(path, func(short string) (err error) {
		var d net.Dialer
		conn, err = d.DialContext(ctx, "unix", short)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("connecting to the supervisor at %s: %w", path, err)
	}
	return conn.(*net.UnixConn), nil
}

// throughDirectory calls use with a short name for path.
func throughDirectory(path string, use func(short string) error) error {
	dir, err := os.OpenFile(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer dir.Close()
	return use("/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path))
}

// Gone reports whether err means that no supervisor serves the socket any more.
func Gone(err error) bool {
	return errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrDisconnected)
}
