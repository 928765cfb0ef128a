/**
 * The constant POSIX shell scripts of the sandbox. They take everything as positional arguments, never by splicing
 * text. Shell, not TypeScript, because each must hold a file lock or live inside new namespaces from its first line.
 */

/**
 * Fetches the engine's packages and unpacks them into a folder, without installing any of them.
 * Arguments: cache directory, target directory, package names. Prints a sentence for each step. Exit code 3: the packages cannot be had.
 *
 * The package lists are the script's own, made from the machine's sources: the machine's lists may be empty or old, and are
 * not ours to renew. The hooks of `apt-get update` are cleared because they would work on the machine's cache.
 */
export const fetchScript = `
set -eu
cache=$1 target=$2; shift 2
mkdir -p "$cache"
exec 9>>"$cache/engine.lock"
flock -w 600 9 || { echo "another process has been fetching the engine for 10 minutes" >&2; exit 4; }
[ -x "$target/usr/sbin/dockerd" ] && exit 0
work=$cache/fetch
rm -rf "$work" "$target"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/debs" "$work/root"
cat >"$work/apt.conf" <<END
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::lists "$work/lists";
Dir::Cache "$work";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
END
echo "reading the package lists of this machine's sources"
apt-get -q -c "$work/apt.conf" update >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; exit 3; }
known=$(apt-cache -c "$work/apt.conf" madison "$@" 2>/dev/null | awk '{ print $1 }' | sort -u)
case " $(echo $known) " in *" docker.io "*) ;; *) echo "the package sources know no docker.io" >&2; exit 3 ;; esac
cd "$work/debs"
size=$(apt-get -c "$work/apt.conf" download --print-uris $known | awk '{ sum += $3 } END { printf "%d", sum / 1000000 + 0.5 }')
echo "fetching the engine, $size MB, to be unpacked, not installed:" $known
apt-get -q -c "$work/apt.conf" download $known >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; exit 3; }
for deb in *.deb; do dpkg-deb -x "$deb" "$work/root"; done
mkdir -p "\${target%/*}" "$work/root/client"
ln -s ../usr/bin/docker "$work/root/client/docker"
mv "$work/root" "$target"
echo "the engine is in $target, $(du -sm "$target" | cut -f 1) MB"
`

/**
 * Becomes the one process whose end takes all of a sandbox away.
 * Arguments: pid of the starter, folder of sandboxes, engine directory, the script for inside. Prints `<directory> <address>` once dockerd is being started.
 *
 * The lock of the slot is inherited by every process inside; the kernel drops it when the last of them is dead.
 * It is taken before the old data is removed, so what is removed belongs to nobody.
 */
export const outsideScript = `
[ "$PPID" = "$1" ] || exit 1
slot=0
while exec 9>>"$2/$slot.lock" && ! flock -n 9; do
  slot=$((slot + 1))
  [ "$slot" -lt 64 ] || { echo "64 sandboxes run already in $2" >&2; exit 1; }
done
directory=$2/$slot
rm -rf "$directory"
mkdir -p "$directory/cgroup" "$directory/etc/upper" "$directory/etc/work" "$directory/opt/upper" "$directory/opt/work" "$directory/client" "$directory/shared"
exec 8</proc/self/ns/net
exec unshare --net --mount --pid --fork --kill-child --propagation private sh -c "$4" ccci-sandbox "$directory" "$3"
`

/**
 * Process 1 of a sandbox: makes the namespaces fit for an engine and starts it.
 * Arguments: directory, engine directory.
 */
export const insideScript = `
set -eu
directory=$1 engine=$2
for lib in "$engine"/lib/*-linux-gnu "$engine"/usr/lib/*-linux-gnu; do
  LD_LIBRARY_PATH=\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$lib
done
export LD_LIBRARY_PATH XTABLES_LIBDIR="$lib/xtables"
export PATH="/run/ccci:$engine/usr/sbin:$engine/usr/bin:$engine/sbin:$engine/bin:/usr/sbin:/usr/bin:/sbin:/bin"

mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount --rbind /sys/fs/cgroup "$directory/cgroup"
mount -t sysfs sysfs /sys
mount --move "$directory/cgroup" /sys/fs/cgroup
for own in etc opt; do
  [ ! -d "/$own" ] || mount -t overlay overlay -o "lowerdir=/$own,upperdir=$directory/$own/upper,workdir=$directory/$own/work" "/$own"
done
rm -rf /etc/docker
: >/etc/resolv.conf

net=0
until nsenter --net=/proc/self/fd/8 ip link add "ccci$net" type veth peer name veth0 netns "$$" 2>"$directory/veth.log"; do
  net=$((net + 1))
  [ "$net" -lt 256 ] || { cat "$directory/veth.log" >&2; exit 1; }
done
nsenter --net=/proc/self/fd/8 ip address add "10.213.$net.1/30" dev "ccci$net"
nsenter --net=/proc/self/fd/8 ip link set "ccci$net" up
exec 8<&-
ip address add "10.213.$net.2/30" dev veth0
ip link set veth0 up
ip link set lo up

mkdir /run/ccci
flavour=legacy
xtables-legacy-multi iptables -t nat -n -L >/dev/null 2>&1 || flavour=nft
for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -s "$engine/usr/sbin/xtables-$flavour-multi" "/run/ccci/$tool"
done

cgroup=ccci-$(printf %s "$directory" | cksum | cut -d ' ' -f 1)
echo "$directory 10.213.$net.2"
dockerd --data-root "$directory/data" --exec-root /run/docker --pidfile /run/docker.pid \
  --host "unix://$directory/docker.sock" --group root --cgroup-parent "/$cgroup" --exec-opt native.cgroupdriver=cgroupfs \
  </dev/null >"$directory/dockerd.log" 2>&1 &
wait "$!"
`

/**
 * Removes what dead sandboxes left: their folders and their (empty) control groups.
 * Arguments: folder of sandboxes, slot to wait for (up to 20 s, since its processes are just being killed) or an empty string.
 */
export const sweepScript = `
cd "$1" || exit 1
for lock in *.lock; do
  slot=\${lock%.lock}
  directory=$1/$slot
  [ -d "$directory" ] || continue
  wait=0; [ "$slot" != "$2" ] || wait=20
  (
    flock -w "$wait" 9 || exit 0
    rm -rf "$directory"
    cgroup=ccci-$(printf %s "$directory" | cksum | cut -d ' ' -f 1)
    for group in "/sys/fs/cgroup/$cgroup" /sys/fs/cgroup/*/"$cgroup"; do
      [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} +
    done
  ) 9>>"$lock"
done
`
