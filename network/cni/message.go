package cni

import (
	"encoding/json"
	"net/netip"
	"strings"
)

// Codes of errors, as the specification has them.
const (
	codeVersion     = 1
	codeEnvironment = 4
	codeInput       = 6
	codeConfig      = 7
	codeLater       = 11
	codeFailed      = 100 // and above: the plugin's own
)

// Fault is an error as the specification has it.
type Fault struct {
	Version string `json:"cniVersion,omitempty"`
	Code    int    `json:"code"`
	Message string `json:"msg"`
	Details string `json:"details,omitempty"`
}

func (f *Fault) Error() string {
	if f.Details == "" {
		return f.Message
	}
	return f.Message + ": " + f.Details
}

// configuration is what of the network's configuration concerns us.
type configuration struct {
	Version string `json:"cniVersion"`
	// Socket is where the agent listens.
	Socket  string `json:"socket"`
	Runtime struct {
		Ports []portMapping `json:"portMappings"`
	} `json:"runtimeConfig"`
}

type portMapping struct {
	HostPort      int32  `json:"hostPort"`
	ContainerPort int32  `json:"containerPort"`
	Protocol      string `json:"protocol"`
	HostIP        string `json:"hostIP"`
}

// request is what the plugin asks the agent.
type request struct {
	Command   string        `json:"command"`
	Sandbox   string        `json:"sandbox"`
	NetNS     string        `json:"netns"`
	Namespace string        `json:"namespace"`
	Name      string        `json:"name"`
	UID       string        `json:"uid"`
	Ports     []portMapping `json:"ports,omitempty"`
}

// reply is what the agent answers.
type reply struct {
	Addresses []netip.Addr `json:"addresses,omitempty"`
	Error     string       `json:"error,omitempty"`
}

type result struct {
	Version    string   `json:"cniVersion"`
	Interfaces []ifc    `json:"interfaces,omitempty"`
	IPs        []ip     `json:"ips,omitempty"`
	DNS        struct{} `json:"dns"`
}

type ifc struct {
	Name    string `json:"name"`
	Sandbox string `json:"sandbox"`
}

type ip struct {
	Family    string `json:"version,omitempty"` // before 1.0.0 only
	Address   string `json:"address"`
	Interface int    `json:"interface"`
}

// resultOf puts addresses of an interface in the form of a version.
func resultOf(version, name, sandbox string, addresses []netip.Prefix) result {
	r := result{Version: version, Interfaces: []ifc{{Name: name, Sandbox: sandbox}}}
	for _, a := range addresses {
		one := ip{Address: a.String()}
		if strings.HasPrefix(version, "0.") {
			one.Family = "6"
			if a.Addr().Is4() {
				one.Family = "4"
			}
		}
		r.IPs = append(r.IPs, one)
	}
	return r
}

// arguments reads CNI_ARGS: pairs with semicolons between them.
func arguments(text string) map[string]string {
	pairs := map[string]string{}
	for pair := range strings.SplitSeq(text, ";") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			pairs[key] = value
		}
	}
	return pairs
}

func text(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		return []byte(`{"code":100,"msg":"an answer could not be encoded"}`)
	}
	return append(out, '\n')
}
