package cni

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"time"
)

// Name is the plugin's: the file in the runtime's folder, and the type in the configuration.
const Name = "argosy"

// loopbackName is the plugin that raises the loopback interface; runtimes run it for every sandbox.
const loopbackName = "loopback"

// answerWithin bounds how long the agent may take.
const answerWithin = 2 * time.Minute

var versions = []string{"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"}

// Called tells whether a process was started as a plugin: by a runtime, under one of the plugin's names.
func Called(argv []string, getenv func(string) string) bool {
	if len(argv) != 1 || getenv("CNI_COMMAND") == "" {
		return false
	}
	name := filepath.Base(argv[0])
	return name == Name || name == loopbackName
}

// Plugin does what the runtime asks, answers on out, and returns the exit code.
func Plugin(program string, getenv func(string) string, in io.Reader, out io.Writer) int {
	answer, fault := plugin(filepath.Base(program), getenv, in)
	if fault != nil {
		_, _ = out.Write(text(fault))
		return 1
	}
	if answer != nil {
		_, _ = out.Write(text(answer))
	}
	return 0
}

func plugin(name string, getenv func(string) string, in io.Reader) (any, *Fault) {
	command := getenv("CNI_COMMAND")
	if command == "VERSION" {
		return map[string]any{"cniVersion": versions[len(versions)-1], "supportedVersions": versions}, nil
	}
	data, err := io.ReadAll(io.LimitReader(in, 1<<20))
	if err != nil {
		return nil, &Fault{Code: codeInput, Message: "the configuration cannot be read", Details: err.Error()}
	}
	var c configuration
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, &Fault{Code: codeInput, Message: "the configuration is no JSON that makes sense", Details: err.Error()}
	}
	if !slices.Contains(versions, c.Version) {
		return nil, &Fault{Code: codeVersion, Message: fmt.Sprintf("version %q of the configuration is not supported", c.Version)}
	}
	var answer any
	if name == loopbackName {
		answer, err = loopback(command, getenv("CNI_NETNS"), c.Version)
	} else {
		answer, err = pass(command, c, getenv)
	}
	if err == nil {
		return answer, nil
	}
	fault := &Fault{Code: codeFailed, Message: err.Error()}
	_ = errors.As(err, &fault)
	fault.Version = c.Version
	return nil, fault
}

// pass lets the agent do it.
func pass(command string, c configuration, getenv func(string) string) (any, error) {
	pod := arguments(getenv("CNI_ARGS"))
	q := request{Command: command, Sandbox: getenv("CNI_CONTAINERID"), NetNS: getenv("CNI_NETNS"), Ports: c.Runtime.Ports,
		Namespace: pod["K8S_POD_NAMESPACE"], Name: pod["K8S_POD_NAME"], UID: pod["K8S_POD_UID"]}
	switch {
	case command != "ADD" && command != "DEL" && command != "CHECK":
		return nil, &Fault{Code: codeEnvironment, Message: fmt.Sprintf("CNI_COMMAND %q is none of ADD, DEL, CHECK and VERSION", command)}
	case q.Sandbox == "":
		return nil, &Fault{Code: codeEnvironment, Message: "CNI_CONTAINERID is not set"}
	case q.NetNS == "" && command == "ADD":
		return nil, &Fault{Code: codeEnvironment, Message: "CNI_NETNS is not set"}
	case c.Socket == "":
		return nil, &Fault{Code: codeConfig, Message: "the configuration names no socket of an agent"}
	}
	r, err := ask(c.Socket, q)
	if err != nil {
		return nil, &Fault{Code: codeLater, Message: "the node's agent does not answer", Details: err.Error()}
	}
	if r.Error != "" {
		return nil, errors.New(r.Error)
	}
	if command != "ADD" {
		return nil, nil
	}
	addresses := make([]netip.Prefix, len(r.Addresses))
	for i, a := range r.Addresses {
		addresses[i] = netip.PrefixFrom(a, a.BitLen())
	}
	return resultOf(c.Version, getenv("CNI_IFNAME"), q.NetNS, addresses), nil
}

func ask(socket string, q request) (reply, error) {
	var r reply
	conn, err := net.DialTimeout("unix", socket, 5*time.Second)
	if err != nil {
		return r, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return r, err
	}
	if err := json.NewEncoder(conn).Encode(q); err != nil {
		return r, err
	}
	return r, json.NewDecoder(conn).Decode(&r)
}
