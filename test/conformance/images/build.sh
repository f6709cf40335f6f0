#!/usr/bin/env bash
# build.sh ARGOSY OUT LIST: the images that the suite names, in one archive, OUT/images.tar. There is no registry here to pull
# from, so they are put together of Debian packages, of the suite's own programs, and of ours. LIST is a file of the names, as
# e2e.test --list-images prints them; a name that no recipe below makes is left out, and said so.
set -euo pipefail
argosy=$(realpath "$1")
out=$(realpath "$2")
list=$(realpath "$3")
cd "$(dirname "$0")/.."
here=$PWD/images
work=$out/images
mkdir -p "$work/bin"

export CGO_ENABLED=0
suite=k8s.io/kubernetes/test/images
sources=$(go list -m -f '{{.Dir}}' k8s.io/kubernetes)/test/images
program() { # program NAME PACKAGE: build a program into work/bin
	[ -e "$work/bin/$1" ] || nice go build -ldflags '-s -w' -o "$work/bin/$1" "$2"
}
root() { # root NAME PACKAGE...: a root file system, unless it is there already
	[ -e "$work/root/$1.done" ] && return
	"$here/rootfs.sh" "$work/root/$1" "${@:2}"
	touch "$work/root/$1.done"
}
base() { # base NAME PACKAGE...: a root file system as an image to begin with, argosy.test/NAME
	root "$@"
	image "argosy.test/$1" --add "$work/root/$1:/" --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}
image() { "$argosy" image build --data-dir "$work/store" --tag "$@" >/dev/null; } # image NAME FLAG...

rm -rf "$work/store"
program pause ./images/pause
program registry ./images/registry
program agnhost $suite/agnhost
program nnp $suite/nonewprivs
program consumer $suite/resource-consumer
program consume-cpu $suite/resource-consumer/consume-cpu
program regression-issue-74839 $suite/regression-issue-74839
# Its shell is bash: like the shell of the newest busybox, and unlike that of Debian's, it hands on variables whose names are none.
base busybox busybox-static bash-static
base tools busybox-static libc6 libc-bin bash curl bind9-dnsutils netcat-openbsd iproute2 iperf util-linux
base stress busybox-static libc6 stress
base nginx busybox-static nginx-light
base perl busybox-static perl

# extra DIR: a folder for files that an image has besides, empty.
extra() { rm -rf "${work:?}/extra/$1"; mkdir -p "$work/extra/$1"; printf %s "$work/extra/$1"; }

agnhost() { # the image of most specs, with the users that some of them ask for
	local e
	e=$(extra agnhost)
	mkdir -p "$e/etc" "$e/uploads" "$e/usr/local/bin"
	cp "$work/root/tools/etc/passwd" "$work/root/tools/etc/group" "$e/etc"
	echo user-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh >>"$e/etc/passwd"
	printf 'user-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\n' >>"$e/etc/group"
	cp "$sources"/agnhost/porter/localhost.{crt,key} "$e"
	cp "$work/bin/agnhost" "$e/agnhost"
	ln -s agnhost "$e/agnhost-2"
	ln -s /usr/bin/iperf "$e/usr/local/bin/iperf"
	"$argosy" image export --data-dir "$work/store" --output "$work/pause.tar" argosy.test/pause:testing
	"$work/bin/registry" "$work/pause.tar" "$e/var/registry" pause:testing
	image "$1" --from argosy.test/tools --add "$e:/" --expose 80 --expose 8080 --expose 8081 --expose 9376 --expose 5000 \
		--entrypoint /agnhost --cmd pause
}

animal() { # kitten and nautilus: agnhost as a web server of a picture
	image "$1" --from "$agnhost" --add "$sources/$2/html/$2.jpg:/$2.jpg" --add "$sources/$2/html/data.json:/data.json" --cmd test-webserver
}

nonewprivs() { # a program that tells as whom it runs, set-uid
	local e
	e=$(extra nnp)
	mkdir -p "$e/usr/local/bin"
	cp "$work/bin/nnp" "$e/usr/local/bin/nnp"
	chmod 4755 "$e/usr/local/bin/nnp"
	image "$1" --from argosy.test/busybox --add "$e:/" --cmd nnp
}

consumer() {
	image "$1" --from argosy.test/stress --add "$work/bin/consumer:/consumer" --add "$work/bin/consume-cpu:/consume-cpu" --expose 8080 --entrypoint /consumer
}

nginx() {
	local e
	e=$(extra nginx)
	mkdir -p "$e"/etc/nginx "$e"/usr/share/nginx/html "$e"/var/{log,lib}/nginx "$e/run"
	cp "$here/files/nginx.conf" "$e/etc/nginx/nginx.conf"
	echo '<html><body><h1>Welcome to nginx!</h1></body></html>' >"$e/usr/share/nginx/html/index.html"
	image "$1" --from argosy.test/nginx --add "$e:/" --expose 80 --cmd '["nginx", "-g", "daemon off;"]'
}

pause=$(grep -m 1 '/pause:' "$list")
agnhost=$(grep '/e2e-test-images/agnhost:' "$list" | sort -V | tail -n 1)
image "$pause" --add "$work/bin/pause:/pause" --entrypoint /pause --user 65535:65535
image argosy.test/pause:testing --from "$pause" --label made-for=registry
agnhost "$agnhost"
names=()
missing=()
while read -r name; do
	case $name in
	"$pause" | "$agnhost") ;;
	*/e2e-test-images/agnhost:*) agnhost "$name" ;;
	*/e2e-test-images/busybox:*) image "$name" --from argosy.test/busybox --cmd sh ;;
	*/e2e-test-images/kitten:*) animal "$name" kitten ;;
	*/e2e-test-images/nautilus:*) animal "$name" nautilus ;;
	*/e2e-test-images/nonewprivs:*) nonewprivs "$name" ;;
	*/e2e-test-images/nonroot:*) image "$name" --from argosy.test/tools --user 1234 ;;
	*/e2e-test-images/ipc-utils:* | */e2e-test-images/glibc-dns-testing:*) image "$name" --from argosy.test/tools --cmd bash ;;
	*/e2e-test-images/nginx:*) nginx "$name" ;;
	*/e2e-test-images/perl:*) image "$name" --from argosy.test/perl --cmd perl ;;
	*/e2e-test-images/resource-consumer:*) consumer "$name" ;;
	*/e2e-test-images/regression-issue-74839:*) image "$name" --from argosy.test/busybox --add "$work/bin/regression-issue-74839:/regression-issue-74839" --entrypoint /regression-issue-74839 ;;
	*) missing+=("$name"); continue ;;
	esac
	names+=("$name")
done < <(sort -u "$list")
printf 'no recipe: %s\n' "${missing[@]}"
"$argosy" image export --data-dir "$work/store" --output "$out/images.tar.new" "${names[@]}"
mv "$out/images.tar.new" "$out/images.tar"
rm -rf "$work/store"
printf '%s images in %s\n' "${#names[@]}" "$out/images.tar"
