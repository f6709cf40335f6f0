package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

// File is the shape of registries.yaml; see the package comment.
type File struct {
	Registries map[string]Host `json:"registries"`
}

// Host is how one registry is spoken to, and which mirrors it has.
type Host struct {
	Mirrors     []string `json:"mirrors,omitempty"`
	MirrorsOnly bool     `json:"mirrorsOnly,omitempty"`
	PlainHTTP   bool     `json:"plainHTTP,omitempty"`
	SkipVerify  bool     `json:"skipVerify,omitempty"`
	CAFile      string   `json:"caFile,omitempty"`
	Username    string   `json:"username,omitempty"`
	Password    string   `json:"password,omitempty"`
}

// ReadFile reads and checks registries.yaml; one that does not exist is empty.
func ReadFile(path string) (File, error) {
	var f File
	if path == "" {
		return f, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("%w: %w", errConfig, err)
	}
	if err := yaml.UnmarshalStrict(data, &f); err != nil {
		return f, fmt.Errorf("%w: %s: %w", errConfig, path, err)
	}
	for host, settings := range f.Registries {
		if host != "*" {
			if err := checkHost(host); err != nil {
				return f, fmt.Errorf("%w: %s: registry %q: %w", errConfig, path, host, err)
			}
		}
		for _, m := range settings.Mirrors {
			if _, err := parseMirror(m); err != nil {
				return f, fmt.Errorf("%w: %s: registry %q: mirror %q: %w", errConfig, path, host, m, err)
			}
		}
		if settings.PlainHTTP && (settings.SkipVerify || settings.CAFile != "") {
			return f, fmt.Errorf("%w: %s: registry %q: plainHTTP leaves nothing for skipVerify or caFile to do", errConfig, path, host)
		}
		if settings.MirrorsOnly && len(settings.Mirrors) == 0 {
			return f, fmt.Errorf("%w: %s: registry %q: mirrorsOnly without mirrors", errConfig, path, host)
		}
	}
	return f, nil
}

func checkHost(host string) error {
	u, err := url.Parse("//" + host)
	if err != nil || u.Host != host || u.Hostname() == "" {
		return errors.New("it must be host or host:port, as in image names")
	}
	return nil
}

// mirror is another place of a registry's images.
type mirror struct {
	host   string
	prefix string // before the repository; "" or ending in "/"
	plain  bool
}

func parseMirror(s string) (mirror, error) {
	rest, plain := strings.CutPrefix(s, "http://")
	if !plain {
		rest = strings.TrimPrefix(rest, "https://")
	}
	host, prefix, _ := strings.Cut(rest, "/")
	if err := checkHost(host); err != nil {
		return mirror{}, err
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	return mirror{host: host, prefix: prefix, plain: plain}, nil
}

// place is where to look for an image.
type place struct {
	host       string
	repository string
	settings   Host
	// own tells that it is the registry that the image names.
	own bool
}

// places lists where to look for an image, in order.
func (f File) places(r Reference) []place {
	own, ok := f.Registries[r.Host]
	mirrors, only := own.Mirrors, own.MirrorsOnly
	if every := f.Registries["*"]; !ok || len(mirrors) == 0 {
		mirrors, only = every.Mirrors, every.MirrorsOnly
	}
	var all []place
	for _, s := range mirrors {
		m, err := parseMirror(s)
		if err != nil || m.host == r.Host && m.prefix == "" {
			continue // checked when read; a mirror of itself is none
		}
		settings := f.Registries[m.host]
		settings.PlainHTTP = settings.PlainHTTP || m.plain
		all = append(all, place{host: m.host, repository: m.prefix + r.Repository, settings: settings})
	}
	if !only || len(all) == 0 {
		all = append(all, place{host: r.Host, repository: r.Repository, settings: own, own: true})
	}
	return all
}

// loopback tells whether a registry's name can only mean this machine.
func loopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
