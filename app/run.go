package app

import (
	"context"
	"errors"
	"io"
)

// Run starts what the options ask for, tells on out what it does, and blocks until ctx ends or a part fails. When ctx ends
// it stops every part in reverse order and returns nil.
func Run(ctx context.Context, o Options, out io.Writer) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if err := checkRoot(o); err != nil {
		return err
	}
	dir, err := openDataDir(o.DataDir)
	if err != nil {
		return err
	}
	defer dir.Close()
	listener, err := listen(o.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	return errors.New("this build of argosy has no server yet")
}
