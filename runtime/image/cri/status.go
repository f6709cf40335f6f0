package cri

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	crierrors "k8s.io/cri-api/pkg/errors"

	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/registry"
	"argosy.dev/runtime/image/snapshot"
)

// statusError is an error with a gRPC code that keeps its chain.
type statusError struct {
	code codes.Code
	err  error
}

// status gives an error the code that it has in CRI; nil stays nil.
func status(err error) error {
	if err == nil {
		return nil
	}
	return &statusError{code: code(err), err: err}
}

func (e *statusError) Error() string { return e.err.Error() }

func (e *statusError) Unwrap() []error {
	if e.code == codes.Unavailable {
		return []error{e.err, crierrors.ErrRegistryUnavailable}
	}
	return []error{e.err}
}

// GRPCStatus is how google.golang.org/grpc/status finds the code.
func (e *statusError) GRPCStatus() *grpcstatus.Status { return grpcstatus.New(e.code, e.err.Error()) }

func code(err error) codes.Code {
	var pull *registry.Error
	switch {
	case errors.As(err, &pull):
		return ofPull(pull.Reason)
	case errors.Is(err, image.ErrNotFound), errors.Is(err, snapshot.ErrNotFound):
		return codes.NotFound
	case errors.Is(err, registry.ErrReference), errors.Is(err, image.ErrAmbiguous):
		return codes.InvalidArgument
	case errors.Is(err, image.ErrInUse), errors.Is(err, image.ErrPinned):
		return codes.FailedPrecondition
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	}
	return codes.Unknown
}

func ofPull(reason registry.Reason) codes.Code {
	switch reason {
	case registry.NotFound, registry.Platform:
		return codes.NotFound
	case registry.Unauthorized:
		return codes.Unauthenticated
	case registry.NoSuchHost, registry.Unreachable, registry.Unavailable, registry.TLS:
		return codes.Unavailable
	case registry.Timeout:
		return codes.DeadlineExceeded
	case registry.TooMany:
		return codes.ResourceExhausted
	case registry.Corrupt:
		return codes.DataLoss
	case registry.Unsupported:
		return codes.InvalidArgument
	case registry.Config:
		return codes.FailedPrecondition
	case registry.Canceled:
		return codes.Canceled
	}
	return codes.Unknown
}
