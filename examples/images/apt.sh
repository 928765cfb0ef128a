# Debian packages of any suite, without touching the machine's own apt: sourced by build.sh.
# Every function works below $cache; package signatures are verified as apt always does.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian mirror that this machine itself is configured to use.
apt_mirror() {
  apt_codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
  apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$apt_codename" '$2 == release && $3 == "main" { print $1; exit }'
}

# What packages ask for on a whole system, and a container with one program does not need: apt is
# told that it is there already, so that the closure it computes is the program and its libraries.
apt_assumed='adduser base-files ca-certificates dbconfig-pgsql debconf dpkg init-system-helpers iproute2 libllvm14
  libnss3-tools locales lsb-base media-types netbase passwd perl perl-base postgresql postgresql-client
  postgresql-client-common postgresql-common ssl-cert sysvinit-utils tar ucf'

# apt SUITE ARGUMENT...: apt-get with a state of its own for that suite.
apt() (
  apt_home=$cache/apt/$1
  shift
  exec apt-get -qq -c "$apt_home/apt.conf" "$@"
)

apt_prepare() {
  apt_home=$cache/apt/$1
  apt_mirror_uri=$(apt_mirror)
  [ -n "$apt_mirror_uri" ] || fail "no Debian mirror: apt on this machine has no source for its own release's 'main'"
  [ -r "$keyring" ] || fail "no $keyring: install debian-archive-keyring"
  mkdir -p "$apt_home/lists/partial" "$apt_home/archives/partial"
  printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$apt_mirror_uri" "$1" > "$apt_home/sources.list"
  for name in $apt_assumed; do
    printf 'Package: %s\nStatus: install ok installed\nArchitecture: %s\nMulti-Arch: foreign\nVersion: 9999\nMaintainer: ccci\nDescription: assumed\n\n' \
      "$name" "$architecture"
  done > "$apt_home/status"
  # The machine's hooks are cleared, because they would act on the machine (docker-clean empties its package cache).
  cat > "$apt_home/apt.conf" <<CONF
Dir::State "$apt_home";
Dir::State::lists "$apt_home/lists";
Dir::State::status "$apt_home/status";
Dir::State::extended_states "$apt_home/extended_states";
Dir::Cache "$apt_home";
Dir::Cache::archives "$apt_home/archives";
Dir::Etc::sourcelist "$apt_home/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "$apt_home";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::Retries::Delay "false";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons-hidpi::DefaultEnabled "false";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
CONF
  apt "$1" update >&2 || fail "could not read the package lists of Debian $1 from $apt_mirror_uri"
}

# debian_packages SUITE PACKAGE...: downloads them and the libraries they need; prints the paths of the .deb files, and
# what it does to file descriptor 3.
debian_packages() {
  suite=$1
  shift
  mkdir -p "$cache/apt/$suite"
  (
    # One at a time for each suite: apt's own locks refuse instead of waiting.
    flock 9
    # Lists read in this same invocation are fresh enough for the next image of the suite.
    if [ ! -e "$work/updated-$suite" ]; then
      say "$image: reading the package lists of Debian $suite" >&3
      apt_prepare "$suite"
      : > "$work/updated-$suite"
    fi
    apt "$suite" --simulate install "$@" > "$target/plan" || fail "Debian $suite has no way to install: $*"
    say "$image: fetching $(grep -c ^Inst "$target/plan") packages of Debian $suite" >&3
    apt "$suite" --download-only install "$@" >&2 || fail "could not download from Debian $suite: $*"
  ) 9> "$cache/apt/$suite/lock" || exit 1
  # "Inst NAME (VERSION ORIGIN [ARCHITECTURE])" is kept by apt as NAME_VERSION_ARCHITECTURE.deb, colons as %3a.
  sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[\([^] ]*\)\]).*/\1_\2_\3.deb/p' "$target/plan" |
    sed "s/:/%3a/g; s|^|$cache/apt/$suite/archives/|"
}

# unpack_debian SUITE PACKAGE...: unpacks them and the libraries they need into $root. No maintainer script runs.
# The first package is the software itself: its version becomes the image's.
unpack_debian() {
  mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/etc" "$root/proc" "$root/sys" \
    "$root/dev" "$root/run" "$root/var" "$root/root"
  mkdir -m 1777 "$root/tmp"
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
  ln -s ../run "$root/var/run"
  debian_packages "$@" 3>&1 > "$target/packages" || exit 1
  while IFS= read -r package; do
    [ "$(dpkg-deb --field "$package" Package)" != "$2" ] || version=$(dpkg-deb --field "$package" Version)
    dpkg-deb --fsys-tarfile "$package" |
      tar --extract --directory="$root" --keep-directory-symlink --no-same-owner \
        --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
        --exclude='./usr/share/lintian/*' --exclude='./usr/share/info/*' --exclude='*/gconv/*' --exclude='*llvm*'
  done < "$target/packages"
}

# add_busybox: a shell and the usual tools, each a link to the static busybox among the packages.
add_busybox() {
  for applet in $("$root/usr/bin/busybox" --list); do
    [ -e "$root/usr/bin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
  done
}

# add_user NAME ID: for what a maintainer script would have made.
add_user() {
  [ -e "$root/etc/passwd" ] || {
    echo 'root:x:0:0:root:/root:/bin/sh' > "$root/etc/passwd"
    echo 'root:x:0:' > "$root/etc/group"
  }
  echo "$1:x:$2:$2::/:/bin/sh" >> "$root/etc/passwd"
  echo "$1:x:$2:" >> "$root/etc/group"
}
