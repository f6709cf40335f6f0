#!/usr/bin/env bash
# check.sh all | lint | STEP...: the checks of the repository, one after the other, each named and timed; stops at the first
# that fails. "make test" runs all, "make lint" those that only read.
set -euo pipefail
cd "$(dirname "$0")/.."

lint_steps=(format embedded vet staticcheck house)
all_steps=("${lint_steps[@]}" generated unit build e2e)

for tool in go git make; do
	command -v "$tool" >/dev/null || { printf 'check.sh: %s is missing\n' "$tool" >&2; exit 1; }
done

go_files() { git ls-files -co --exclude-standard -- '*.go' | while read -r f; do [ -f "$f" ] && printf '%s\n' "$f"; done; }

step_format() { # gofmt
	local bad
	bad=$(go_files | xargs gofmt -l)
	[ -z "$bad" ] || { printf 'not formatted:\n%s\nRun: gofmt -w FILE\n' "$bad"; return 1; }
}

step_embedded() { # programs inside the binary
	make embedded
}

step_vet() { # go vet
	go vet ./...
}

step_staticcheck() { # staticcheck, pinned in go.mod
	go tool staticcheck ./...
}

step_house() { # floors, package comments, names, sizes
	go test ./tools/repolint
}

# Generated files are compared before and after, not with the last commit, so that unfinished work of yours is no failure.
step_generated() { # generated files are up to date
	local before after
	before=$(sum_generated)
	make generate
	after=$(sum_generated)
	[ "$before" = "$after" ] && return
	printf 'generated files were stale and have been written anew; look at them and commit them:\n'
	diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") | awk '/^[<>]/ {print "  " $3}' | sort -u
	return 1
}

# What generators write: zz_* anywhere, and the API documents that are served as they are.
sum_generated() {
	git ls-files -co --exclude-standard -- 'zz_*' '**/zz_*' 'server/openapi/documents/*' | sort -u | while read -r f; do [ -f "$f" ] && sha256sum "$f"; done
}

step_unit() { # unit tests with the race detector
	command -v gcc >/dev/null || {
		printf 'the race detector needs a C compiler: apt-get install gcc libc6-dev (the product itself does not)\n'
		return 1
	}
	local packages
	packages=$(go list ./... | grep -v '^argosy.dev/test/')
	# shellcheck disable=SC2086
	CGO_ENABLED=1 go test -race -timeout 15m $packages
}

step_build() { # bin/argosy
	make build
}

step_e2e() { # the built binary, from outside
	[ "$(id -u)" = 0 ] || printf 'not root: tests that run a node are skipped, for it makes namespaces, mounts and cgroups\n'
	ARGOSY_BIN=$PWD/bin/argosy go test -count=1 -p 1 -parallel 6 -timeout 15m ./test/e2e/... # tests mostly wait: more at a time than there are processors
}

seconds() { awk "BEGIN {printf \"%.1f s\", ($2 - $1) / 1000}"; }
now() { date +%s%3N; }

case ${1:-all} in
all) steps=("${all_steps[@]}") ;;
lint) steps=("${lint_steps[@]}") ;;
*) steps=("$@") ;;
esac

begin=$(now)
report=
for step in "${steps[@]}"; do
	declare -F "step_$step" >/dev/null || { printf 'check.sh: no step %s; there are: %s\n' "$step" "${all_steps[*]}" >&2; exit 2; }
	what=$(sed -n "s/^step_$step() { # //p" "$0")
	printf '== %s: %s\n' "$step" "$what"
	start=$(now)
	# Not as a condition, where set -e would not hold inside the function.
	set +e
	(set -e; "step_$step")
	code=$?
	set -e
	took=$(seconds "$start" "$(now)")
	if [ "$code" != 0 ]; then
		printf '== %s FAILED after %s\n' "$step" "$took" >&2
		exit 1
	fi
	report+=$(printf '  %-12s %10s' "$step" "$took")$'\n'
done
printf '== all passed\n%s  %-12s %10s\n' "$report" total "$(seconds "$begin" "$(now)")"
