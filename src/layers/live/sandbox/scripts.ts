/**
 * The constant POSIX shell scripts of the sandbox. What varies comes to them as positional arguments, never spliced into the text. They are
 * shell rather than TypeScript because each must hold a file lock, or live inside new namespaces, from its first line to its last.
 */

/** Environment of the engine's programs: their own libraries first. `$engine` is set before. */
const engineEnvironment = `
for lib in "$engine"/lib/*-linux-* "$engine"/usr/lib/*-linux-*; do
  LD_LIBRARY_PATH=\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$lib
done
export LD_LIBRARY_PATH XTABLES_LIBDIR="$lib/xtables"
export PATH="/run/ccci:$engine/usr/sbin:$engine/usr/bin:$engine/sbin:$engine/bin:/usr/sbin:/usr/bin:/sbin:/bin"
`

/**
 * Fetches the engine's packages and unpacks them into a folder, without installing any of them.
 * Arguments: cache directory, target directory, package names (unknown ones are left out). Prints a sentence for each step. Exit code 3: it cannot be had.
 *
 * The package lists are made anew, in a folder of their own, from the machine's sources: the machine's lists may be empty or old, and are not
 * ours to renew. The hooks of \`apt-get update\` are cleared because they work on the machine's own cache. Absolute
 * links would lead out of the unpacked engine, to the machine's programs.
 */
export const fetchScript = `
set -eu
cache=$1 target=$2; shift 2
mkdir -p "$cache"
exec 9>>"$cache/fetch.lock"
flock -n 9 || { echo "another process is fetching the engine: waiting for it"; flock -w 600 9; } || { echo "it has not finished within 10 minutes" >&2; exit 1; }
[ ! -d "$target" ] || exit 0
work=$cache/fetch engine=$cache/fetch/engine
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/lists/partial" "$work/debs" "$engine/client"
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
orUnavailable() { "$@" >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; exit 3; }; }
echo "reading the package lists of this machine's sources"
orUnavailable apt-get -q -c "$work/apt.conf" update
known=$(apt-cache -c "$work/apt.conf" madison "$@" 2>/dev/null | awk '{ print $1 }' | sort -u | tr '\\n' ' ')
case " $known" in *" docker.io "*) ;; *) grep -E '^(Err|W|E):' "$work/log" | tail -n 3 >&2; echo "this machine's package sources have no docker.io, or cannot be reached" >&2; exit 3 ;; esac
cd "$work/debs"
size=$(apt-get -c "$work/apt.conf" download --print-uris $known | awk '{ sum += $3 } END { printf "%d", sum / 1e6 + 0.5 }')
echo "fetching $size MB of packages, to be unpacked, not installed: $known"
orUnavailable apt-get -q -c "$work/apt.conf" download $known
for deb in *.deb; do dpkg-deb -x "$deb" "$engine"; done
find "$engine" -type l -lname '/*' -delete
ln -s ../usr/bin/docker "$engine/client/docker"
${engineEnvironment}
orUnavailable dockerd --version
orUnavailable containerd --version
orUnavailable ip -Version
orUnavailable "$engine/client/docker" --version
echo "the engine takes $(du -sm "$engine" | cut -f 1) MB in $target"
mv "$engine" "$target"
`

/**
 * Takes the sandbox's lock, makes its folder, says so on stdout, and becomes the process that holds the namespaces.
 * Arguments: the sandbox's folder, engine directory, the script for inside.
 *
 * The lock is inherited by every process inside: the kernel drops it when the last one is dead. It is taken again if a sweep got it first and removed it.
 */
export const outsideScript = `
directory=$1
until exec 9>>"$directory.lock" && flock 9 && [ "$directory.lock" -ef /proc/self/fd/9 ]; do :; done
mkdir "$directory" "$directory/own" "$directory/client" "$directory/shared" || exit 3
echo made
exec 8</proc/self/ns/net 2>"$directory/log"
exec setsid unshare --net --mount --pid --fork --kill-child --propagation private sh -c "$3" ccci-sandbox "$directory" "$2"
`

/**
 * Answers every question that the engine passes on with "no such name" (perl, since it is in every Debian). Argument: address.
 * Without it an engine of 20.10 never answers them, and each program that asks for a service before its start hangs for the resolver's 5 to 10 s.
 */
const noSuchNameServer = `
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(Proto => "udp", LocalAddr => $ARGV[0], LocalPort => 53) or die $@;
while (defined $socket->recv(my $message, 4096)) {
  next if length $message < 12;
  substr($message, 2, 2) |= pack("n", 0x8083);
  $socket->send($message);
}`

/**
 * Process 1 of a sandbox: makes the namespaces fit for an engine, runs it, and ends with it, or when stdin closes. Descriptor 8 is the machine's network namespace.
 * Arguments: directory, engine directory. Exit code 3: the kernel refuses what a sandbox needs. Its own stderr and the engine's go to \`log\` in the directory.
 *
 * stdin is the life line: the starter holds its other end, and the kernel closes that however the starter ends. (A parent-death signal would be lost if the
 * starter died between the fork and its request.) The control groups are mounted again over the new sysfs, which would hide them. /etc and /opt are
 * overlays because engines write there (/etc/docker/key.json, /opt/containerd) and must not read the machine's /etc/docker/daemon.json. With no default
 * route, and a name server that knows no name, an image that is not here is refused at once instead of after a time-out.
 * A network belongs to who made its link, which the kernel lets one do; 198.18.0.0/15 is set aside for isolated tests (RFC 2544).
 */
export const insideScript = `
set -eu
trap 'exit 3' EXIT
directory=$1 engine=$2
${engineEnvironment}
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/cgroup /run/cache /run/ccci
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --move /run/cgroup /sys/fs/cgroup
mount --bind "\${directory%/*}" /run/cache
for own in etc opt var/lib; do
  mkdir -p "$directory/own/$own/upper" "$directory/own/$own/work"
  [ ! -d "/$own" ] || mount -t overlay overlay -o "lowerdir=/$own,upperdir=$directory/own/$own/upper,workdir=$directory/own/$own/work" "/$own"
done
mount --move /run/cache "\${directory%/*}"
# Whatever went wrong above: never the machine's own.
grep -q '^overlay /etc overlay ' /proc/mounts || exit 3
rm -rf /etc/docker
rm -f /etc/resolv.conf

machine() { nsenter --net=/proc/self/fd/8 "$@"; }
net=0
until [ -z "$(machine ip -4 route show match "198.18.$net.2" | grep -v ^default)" ] &&
  machine ip link add "ccci$net" type veth peer name veth0 netns "$$" 2>/run/veth.log; do
  net=$((net + 1))
  [ "$net" -lt 256 ] || { echo "no free network 198.18.x.0/30, no free link ccci<x>: $(cat /run/veth.log)" >&2; exit 3; }
done
machine ip address add "198.18.$net.1/30" dev "ccci$net"
machine ip link set "ccci$net" up
exec 8<&-
ip address add "198.18.$net.2/30" dev veth0
ip link set veth0 up
ip link set lo up
echo "198.18.$net.2" >"$directory/address"
echo "nameserver 198.18.$net.2" >/etc/resolv.conf
perl -e '${noSuchNameServer}' "198.18.$net.2" </dev/null >>"$directory/log" 2>&1 &

flavour=legacy
xtables-legacy-multi iptables -t nat -n -L >/dev/null 2>&1 || flavour=nft
for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -s "$engine/usr/sbin/xtables-$flavour-multi" "/run/ccci/$tool"
done

trap - EXIT
dockerd --data-root "$directory/data" --exec-root /run/docker --pidfile /run/docker.pid --host "unix://$directory/docker.sock" --group root \\
  --cgroup-parent "/ccci-\${directory##*/}" --exec-opt native.cgroupdriver=cgroupfs </dev/null >>"$directory/log" 2>&1 &
dockerd=$!
exec 7<&0
{ cat <&7 >/dev/null; kill -KILL "$dockerd"; } &
exec 7<&- </dev/null
wait "$dockerd"
`

/**
 * Removes what dead sandboxes left: their folders, their (empty) control groups, and at last their locks.
 * Arguments: folder of the sandboxes; the name of one whose processes are just dying, to wait for (at most 20 s), or an empty string.
 *
 * A lock is only ever removed by who holds it, and names are never used twice: whoever gets a removed lock finds nothing to do.
 */
export const sweepScript = `
cd "$1" || exit 1
for lock in *.lock; do
  [ -e "$lock" ] || continue
  name=\${lock%.lock} wait=0
  [ "$name" != "$2" ] || wait=20
  (
    flock -w "$wait" 9 || exit 0
    rm -rf "$1/$name"
    for group in "/sys/fs/cgroup/ccci-$name" /sys/fs/cgroup/*/"ccci-$name"; do
      [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + || exit 0
    done
    rm -f "$lock"
  ) 9<"$lock"
done
`
