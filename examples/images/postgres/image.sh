# PostgreSQL, driven by the environment variables of its official image; everything in it runs as its own user.
unpack_debian "${variant#*-}" "postgresql-${variant%%-*}" busybox-static
programs=/usr/lib/postgresql/${variant%%-*}/bin
rm -rf "$root$programs/../lib/bitcode" "$root/usr/lib/systemd" "$root/usr/share/postgresql/${variant%%-*}/man"
add_busybox
add_user postgres 999
cp "$here/postgres/entrypoint.sh" "$root/usr/bin/entrypoint.sh"
chmod 755 "$root/usr/bin/entrypoint.sh"
mkdir -p "$root/var/lib/postgresql/data"
chmod 700 "$root/var/lib/postgresql/data"
mkdir -m 1777 "$root/run/postgresql"
owned=var/lib/postgresql owner=999
settings='"Entrypoint":["entrypoint.sh"],"User":"postgres","ExposedPorts":{"5432/tcp":{}},"StopSignal":"SIGINT","Env":["PATH='$programs':/usr/bin","PGDATA=/var/lib/postgresql/data"]'
