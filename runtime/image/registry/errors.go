package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sys/unix"
)

// Reason is why a pull failed, for programs.
type Reason string

// The reasons of an [Error].
const (
	NotFound     Reason = "NotFound"     // the registry has no such repository, tag or digest
	Unauthorized Reason = "Unauthorized" // the registry refused the credentials, or wants some
	NoSuchHost   Reason = "NoSuchHost"   // the registry's name has no address
	Unreachable  Reason = "Unreachable"  // no connection to the registry
	TLS          Reason = "TLS"          // no trusted TLS connection to the registry
	Timeout      Reason = "Timeout"      // the registry does not answer, or stopped sending
	TooMany      Reason = "TooMany"      // the registry limits how often it may be asked
	Unavailable  Reason = "Unavailable"  // the registry fails, or answers what no registry answers
	Corrupt      Reason = "Corrupt"      // the content does not match its digest, repeatedly
	Platform     Reason = "Platform"     // the image is not made for this machine
	Unsupported  Reason = "Unsupported"  // not an image, or of a kind not supported
	Config       Reason = "Config"       // registries.yaml or the credentials make no sense
	Canceled     Reason = "Canceled"     // by the caller
	Local        Reason = "Local"        // this machine's own failure, such as a full disk
)

// Error is a failed pull.
type Error struct {
	Image    string // the full name
	Registry string // the host that was asked; the registry itself if its mirrors failed as well
	Reason   Reason
	Err      error
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string {
	prefix := "pulling " + e.Image + ": "
	switch e.Reason {
	case NotFound:
		return prefix + "registry " + e.Registry + " has no such image: " + e.Err.Error()
	case Unauthorized:
		return prefix + "registry " + e.Registry + " refused access: the image does not exist, or needs other credentials: " + e.Err.Error()
	case NoSuchHost:
		return prefix + "registry " + e.Registry + " not found: its name has no address: " + e.Err.Error()
	case Unreachable:
		return prefix + "registry " + e.Registry + " cannot be reached: " + e.Err.Error()
	case TLS:
		return prefix + "no trusted TLS connection to registry " + e.Registry + " (registries.yaml can set caFile, skipVerify or plainHTTP for it): " + e.Err.Error()
	case Timeout:
		return prefix + "registry " + e.Registry + " did not answer in time: " + e.Err.Error()
	case TooMany:
		return prefix + "registry " + e.Registry + " refuses more requests for now: " + e.Err.Error()
	case Corrupt:
		return prefix + "registry " + e.Registry + " sent damaged content: " + e.Err.Error()
	case Unavailable:
		return prefix + "registry " + e.Registry + " failed: " + e.Err.Error()
	}
	return prefix + e.Err.Error()
}

// Passing tells whether the same pull may go well later, without anybody doing anything about it.
func (e *Error) Passing() bool {
	switch e.Reason {
	case NoSuchHost, Unreachable, Timeout, TooMany, Unavailable, Canceled:
		return true
	}
	return false
}

// Sentinels of this package's own findings.
var (
	errPlainHTTP = errors.New("plain HTTP is not allowed for it (plainHTTP in registries.yaml)")
	errCorrupt   = errors.New("wrong content")
	errStalled   = errors.New("it stopped sending")
	errShort     = errors.New("the connection ended early")
	errConfig    = errors.New("registries.yaml")
	errAnswer    = errors.New("unexpected answer")
	// errUnsupported is about what an image is, not about how it came.
	errUnsupported = errors.New("not supported")
)

// classify finds the reason in an error of HTTP, TLS, the network or this package.
func classify(err error) Reason {
	var (
		answer  *transport.Error
		dns     *net.DNSError
		network net.Error
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		alert   tls.AlertError
	)
	switch {
	case errors.Is(err, errStalled):
		return Timeout
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, errConfig):
		return Config
	case errors.Is(err, errCorrupt):
		return Corrupt
	case errors.Is(err, ErrPlatform):
		return Platform
	case errors.Is(err, errUnsupported):
		return Unsupported
	case errors.As(err, &dns) && !dns.IsTimeout:
		return NoSuchHost
	case errors.As(err, &verify), errors.As(err, &record), errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &alert),
		errors.Is(err, errPlainHTTP), errors.Is(err, http.ErrSchemeMismatch):
		return TLS
	case errors.As(err, &answer):
		return ofAnswer(answer)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return Timeout
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT), errors.Is(err, unix.EIO), errors.Is(err, unix.EROFS), errors.Is(err, fs.ErrClosed):
		return Local
	case errors.As(err, &network), errors.Is(err, errShort), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return Unreachable
	}
	return Unavailable
}

func ofAnswer(answer *transport.Error) Reason {
	switch code := answer.StatusCode; {
	case code == http.StatusNotFound:
		return NotFound
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return Unauthorized
	case code == http.StatusTooManyRequests:
		return TooMany
	case code == http.StatusRequestTimeout || code == http.StatusGatewayTimeout:
		return Timeout
	}
	return Unavailable
}

// passing tells whether an error may be gone at the next try.
func passing(err error) bool {
	var answer *transport.Error
	switch classify(err) {
	case TooMany:
		return true
	case Timeout:
		// A name that nobody resolves or a host that nobody reaches in time stays so for long.
		return errors.Is(err, errStalled) || errors.As(err, &answer)
	case Unavailable:
		return errors.As(err, &answer) && answer.StatusCode >= 500
	case Unreachable:
		return !errors.Is(err, unix.ECONNREFUSED) && !errors.Is(err, unix.EHOSTUNREACH) && !errors.Is(err, unix.ENETUNREACH)
	}
	return false
}

// brief takes the addresses of requests, which may hold signatures, and needless frames out of an error's text, keeping its
// chain.
func brief(err error) error {
	var answer *transport.Error
	if errors.As(err, &answer) {
		text := fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
		var messages []string
		for _, d := range answer.Errors {
			messages = append(messages, strings.TrimSuffix(string(d.Code)+" "+d.Message, " "))
		}
		if len(messages) > 0 {
			text += " (" + strings.Join(messages, "; ") + ")"
		}
		if len(text) > 400 {
			text = text[:400] + "…"
		}
		return &briefError{text: text, err: err}
	}
	return err
}

type briefError struct {
	text string
	err  error
}

func (b *briefError) Error() string { return b.text }
func (b *briefError) Unwrap() error { return b.err }
