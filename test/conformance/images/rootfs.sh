#!/usr/bin/env bash
# rootfs.sh DIR PACKAGE...: a root file system of Debian packages with all that they depend on, for images. Nothing of the
# packages is run, so it has neither dpkg's records nor what maintainer scripts would do, but for what is made here. Busybox
# fills in the commands that no package has. Packages are kept beside DIR, in debs.
set -euo pipefail
dir=$1
shift
debs=$(dirname "$dir")/debs/$(basename "$dir")
mkdir -p "$debs/partial"
log=$debs/apt.log

# Without a record of what this machine has, apt finds the whole closure.
apt-get -qq -y -o Dir::State::status=/dev/null -o Dir::Cache::archives="$debs" -o APT::Install-Recommends=false \
	-o APT::Sandbox::User=root -o Debug::NoLocking=true --download-only install "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

rm -rf "$dir"
mkdir -p "$dir"/usr/{bin,sbin,lib,lib64} "$dir"/{etc,home,proc,root,run,sys,tmp,var/tmp,var/run,dev}
for d in bin sbin lib lib64; do ln -s "usr/$d" "$dir/$d"; done
for deb in "$debs"/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$dir"
done
chmod 1777 "$dir"/{tmp,var/tmp}
rm -rf "$dir"/usr/share/{doc,man,info,locale,lintian,bug,bash-completion}

printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1:daemon:/usr/sbin:/bin/false www-data:x:33:33:www-data:/var/www:/bin/false \
	nobody:x:65534:65534:nobody:/nonexistent:/bin/false >"$dir/etc/passwd"
printf '%s\n' root:x:0: daemon:x:1: tty:x:5: adm:x:4: www-data:x:33: users:x:100: nogroup:x:65534: >"$dir/etc/group"
printf 'hosts: files dns\npasswd: files\ngroup: files\n' >"$dir/etc/nsswitch.conf"

# What maintainer scripts would have done: the interpreter called sh, the loader's cache of libraries, alternatives.
# Not busybox's sh, which takes its own commands before those of packages.
[ -e "$dir/usr/bin/dash" ] && ln -sf dash "$dir/usr/bin/sh"
[ -e "$dir/usr/bin/bash" ] && ln -sf bash "$dir/usr/bin/sh"
[ -e "$dir/usr/bin/bash-static" ] && ln -sf bash-static "$dir/usr/bin/sh"
[ -e "$dir/usr/bin/nc.openbsd" ] && ln -sf nc.openbsd "$dir/usr/bin/nc"
[ -e "$dir/usr/bin/busybox" ] && "$dir/usr/bin/busybox" --list | while read -r applet; do
	[ -e "$dir/usr/bin/$applet" ] || [ -e "$dir/usr/sbin/$applet" ] || ln -s busybox "$dir/usr/bin/$applet"
done
[ -x "$dir/usr/sbin/ldconfig" ] && "$dir/usr/sbin/ldconfig" -r "$dir"
exit 0
