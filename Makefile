# Everything a contributor or CI runs. Plain "make" prints what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The product is pure Go and static; only the race detector's tests need cgo.
export CGO_ENABLED := 0

KUBERNETES := $(shell sed -n 's/^const Kubernetes = "\(.*\)"/\1/p' base/version/version.go)
# Commit, state of the tree and date of the commit, not of the build, so that the same commit gives the same binary.
COMMIT   := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
DESCRIBE := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
TREE     := $(if $(findstring -dirty,$(DESCRIBE)),dirty,$(if $(filter unknown,$(COMMIT)),unknown,clean))
DATE     := $(shell TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null || echo 1970-01-01T00:00:00Z)
VERSION  := $(KUBERNETES)+argosy-$(DESCRIBE)

OURS      := argosy.dev/base/version
COMPONENT := k8s.io/component-base/version
CLIENT    := k8s.io/client-go/pkg/version
LDFLAGS := -s -w \
	-X $(OURS).gitVersion=$(VERSION) -X $(OURS).gitCommit=$(COMMIT) -X $(OURS).gitTreeState=$(TREE) -X $(OURS).buildDate=$(DATE) \
	-X $(COMPONENT).gitMajor=1 -X $(COMPONENT).gitMinor=$(word 2,$(subst ., ,$(KUBERNETES))) -X $(COMPONENT).gitVersion=$(VERSION) -X $(COMPONENT).gitCommit=$(COMMIT) -X $(COMPONENT).gitTreeState=$(TREE) -X $(COMPONENT).buildDate=$(DATE) \
	-X $(CLIENT).gitMajor=1 -X $(CLIENT).gitMinor=$(word 2,$(subst ., ,$(KUBERNETES))) -X $(CLIENT).gitVersion=$(VERSION) -X $(CLIENT).gitCommit=$(COMMIT) -X $(CLIENT).gitTreeState=$(TREE)

# Small programs that are embedded into the binary, so built before it: PACKAGE:OUTPUT, both in this repository.
EMBEDDED := runtime/supervisor/cmd/argosy-supervisor:runtime/supervisor/bin/argosy-supervisor \
	test/images/demo:runtime/image/demo/bin/demo

# The same bytes wherever it is built; LDFLAGS stamp the commit, so that Go need not.
BUILDFLAGS := -trimpath -buildvcs=false

BIN := bin/argosy
GO  := go

##@ Use
.PHONY: help build run clean
help: ## Print this
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: embedded ## Build bin/argosy, one static binary, and print its size
	@$(GO) build $(BUILDFLAGS) -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/argosy
	@printf '%s %s, %s MB\n' $(BIN) '$(VERSION)' "$$(awk "BEGIN {printf \"%.1f\", $$(stat -c %s $(BIN)) / 1e6}")"

run: build ## Raise a cluster on this machine with the demo Deployment (root)
	@$(BIN) up --demo

clean: ## Remove what was built
	@rm -rf bin out
	@for e in $(EMBEDDED); do rm -f "$${e#*:}"; done

.PHONY: embedded
embedded:
	@for e in $(EMBEDDED); do \
		case $$e in *argosy-supervisor) entry='-E argosy.dev/runtime/supervisor/internal/stub.entry';; *) entry=;; esac; \
		$(GO) build $(BUILDFLAGS) -ldflags "-s -w $$entry" -o "$${e#*:}" "./$${e%%:*}"; \
	done

##@ Check
.PHONY: test lint generate bench
test: ## Run everything that CI runs, step by step; stops at the first failure
	@tools/check.sh all

lint: ## Formatting, vet, staticcheck and the house's rules only
	@tools/check.sh lint

generate: ## Write the generated files (zz_*, and the API documents) anew
	@$(GO) generate ./...
	@$(GO) run ./tools/openapi

bench: build ## Print the table of what Argosy costs on this machine
	@test/bench/run.sh

# The suite of k8s.io/kubernetes and what it needs, each built once: "make clean" forgets them.
SUITE := out/conformance
CONFORMANCE := $(SUITE)/e2e.test $(SUITE)/ginkgo $(SUITE)/run $(SUITE)/images.tar

.PHONY: conformance
conformance: build $(CONFORMANCE) ## Run the conformance suite (root); FOCUS=, SKIP=, PROCS=2, KNOWN=1 for known failures too, DOC=file
	@nice $(SUITE)/run $(if $(FOCUS),-focus '$(FOCUS)') $(if $(SKIP),-skip '$(SKIP)') $(if $(PROCS),-procs $(PROCS)) $(if $(KNOWN),-with-known) $(if $(DOC),-doc $(DOC))

$(SUITE)/e2e.test: $(wildcard test/conformance/*.go) test/conformance/go.mod
	@cd test/conformance && nice $(GO) test -c $(BUILDFLAGS) -ldflags '-s -w' -o $(CURDIR)/$@ .

$(SUITE)/ginkgo: test/conformance/go.mod
	@cd test/conformance && nice $(GO) build $(BUILDFLAGS) -ldflags '-s -w' -o $(CURDIR)/$@ github.com/onsi/ginkgo/v2/ginkgo

$(SUITE)/run: $(wildcard test/conformance/run/*.go) test/conformance/go.mod
	@cd test/conformance && nice $(GO) build $(BUILDFLAGS) -o $(CURDIR)/$@ ./run

$(SUITE)/images.tar: $(SUITE)/e2e.test $(wildcard test/conformance/images/*.sh test/conformance/images/*/*)
	@$(SUITE)/e2e.test --list-images >$(SUITE)/images.txt
	@test/conformance/images/build.sh $(BIN) $(SUITE) $(SUITE)/images.txt
