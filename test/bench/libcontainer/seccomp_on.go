//go:build seccomp

package main

import (
	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

const withSeccomp = true

func filter(spec *specs.Spec) (*specs.LinuxSeccomp, error) { return seccomp.GetDefaultProfile(spec) }
