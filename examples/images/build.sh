#!/bin/sh
# Makes container images of real software out of Debian's and npm's packages: no registry, no engine, no RUN step.
#
#   build.sh                 lists the images
#   build.sh IMAGE...        makes those that the cache does not have, two at a time, says what it does, and prints for
#                            each its name, a tab, and the archive for `docker load --input`
#
# The cache is $CCCI_CACHE_DIR, else /var/cache/ccci for root, else ccci below $XDG_CACHE_HOME or ~/.cache.
set -eu
export LC_ALL=C

images='nginx:bookworm nginx:trixie caddy:bookworm static:0.23.1 static:0.24.2 postgres:15-bookworm miniflux:trixie miniflux:sid'
repository=ccci-example

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ -n "${CCCI_CACHE_DIR:-}" ]; then cache=$CCCI_CACHE_DIR
elif [ "$(id -u)" = 0 ]; then cache=/var/cache/ccci
else cache=${XDG_CACHE_HOME:-$HOME/.cache}/ccci
fi
for tool in apt-get dpkg-deb flock sha256sum tar xargs; do
  command -v "$tool" > /dev/null || fail "this machine has no $tool: the example images are made from Debian packages, on Debian"
done
architecture=$(dpkg --print-architecture)

# The archive of $image: named by what makes it, so that an edited script makes it again.
archive_of() {
  key=$({ printf '%s %s\n' "$1" "$architecture"; cat "$here"/*.sh "$here/${1%%:*}"/*; } | sha256sum | cut -c 1-12)
  printf '%s/images/%s-%s-%s.tar\n' "$cache" "${1%%:*}" "${1#*:}" "$key"
}

build_one() {
  image=$1
  variant=${image#*:}
  archive=$(archive_of "$image")
  exec 8> "$cache/images/${image%%:*}-$variant.lock"
  # Two processes that want one image make it once.
  flock 8
  [ ! -e "$archive" ] || return 0
  target=$work/${image%%:*}-$variant
  root=$target/root
  # What image.sh may set: the software's version; one folder that is not root's, and whose.
  version=$variant owned='' owner=0
  mkdir -p "$root"
  . "$here/apt.sh"
  . "$here/archive.sh"
  . "$here/${image%%:*}/image.sh"
  write_archive "$target/done.tar"
  rm -f "$cache/images/${image%%:*}-$variant"-*.tar
  mv "$target/done.tar" "$archive"
  rm -rf "$target"
  say "$image: made, version $version, $(($(stat -c %s "$archive") / 1000000)) MB"
}

if [ "${1:-}" = --one ]; then
  build_one "$2"
  exit
fi
[ $# -gt 0 ] || { printf '%s\n' $images; exit; }
for image in "$@"; do
  case " $images " in *" $image "*) ;; *) fail "no example image is called '$image'; there are: $images" ;; esac
done
missing=''
for image in "$@"; do
  [ -e "$(archive_of "$image")" ] || missing="$missing $image"
done
if [ -n "$missing" ]; then
  umask 022
  mkdir -p "$cache/images"
  cache=$(CDPATH= cd -- "$cache" && pwd)
  # What a killed build left: no build lasts an hour.
  find "$cache" -maxdepth 1 -name 'building.*' -mmin +60 -exec rm -rf {} +
  work=$(mktemp -d "$cache/building.XXXXXX")
  chmod 755 "$work"
  export work
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  printf '%s\n' $missing | CCCI_CACHE_DIR=$cache xargs -P 2 -n 1 sh "$0" --one || fail "could not make:$missing"
fi
for image in "$@"; do
  printf '%s/%s\t%s\n' "$repository" "$image" "$(archive_of "$image")"
done
