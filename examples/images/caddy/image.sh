# Caddy, for the gateway: one program and its libraries, no shell.
unpack_debian "$variant" caddy
add_user nobody 65534
rm -rf "$root/usr/lib/systemd" "$root/usr/share"
settings='"Cmd":["caddy","run","--config","/gateway/caddy.json"],"Env":["PATH=/usr/bin","XDG_CONFIG_HOME=/tmp","XDG_DATA_HOME=/tmp"]'
