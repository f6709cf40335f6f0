#!/usr/bin/env bash
# run.sh: print the table of what bin/argosy costs on this machine (root; "make bench" builds it first).
#   BENCH=micro           the rooms' own micro benchmarks instead
#   BENCH="create get"    some sections of the table only
#   SERVER_FLAGS=...      flags added to "argosy server"
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/out/bench
mkdir -p "$out"

if [ "${BENCH:-}" = micro ]; then
	packages=$(git grep -l --untracked '^func Benchmark' -- '*_test.go' | xargs -n 1 dirname | sort -u | sed 's,^,./,')
	# One package after the other: they share the machine's cores.
	# shellcheck disable=SC2086
	exec go test -run '^$' -bench . -benchmem -p 1 $packages
fi

# The yardstick beside a Pod's start. Best first: static, and with the filter that our Pods have.
yardstick() {
	local folder tags flags
	for folder in with-seccomp without-seccomp; do
		tags='netgo osusergo'
		[ "$folder" = with-seccomp ] && tags+=' seccomp'
		for flags in '-linkmode external -extldflags -static' ''; do
			mkdir -p "$out/$folder"
			(
				cd test/bench/libcontainer
				CGO_ENABLED=1 go build -tags "$tags" -ldflags "-s -w $flags" -o "$out/$folder/libcontainer" . &&
					CGO_ENABLED=0 go build -ldflags '-s -w' -o "$out/$folder/first" ./first
			) 2>"$out/libcontainer.log" && { printf '%s' "$out/$folder"; return; }
			rm -rf "${out:?}/$folder"
		done
	done
}

go build -o "$out/bench" ./test/bench
folder=$(yardstick)
exec "$out/bench" -argosy bin/argosy -out "$out/results.jsonl" -only "${BENCH:-}" -server-flags "${SERVER_FLAGS:-}" \
	-libcontainer "$folder" -no-libcontainer "it could not be built, see $out/libcontainer.log (it needs gcc, libc6-dev, and libseccomp-dev for the filter)"
