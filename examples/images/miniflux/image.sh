# Miniflux, a feed reader: one program, and a shell for the entrypoint that a recipe brings.
unpack_debian "$variant" miniflux busybox-static
rm -rf "$root/usr/lib/systemd"
add_busybox
add_user miniflux 1000
settings='"Cmd":["miniflux"],"User":"miniflux","ExposedPorts":{"8080/tcp":{}},"Env":["PATH=/usr/bin","LISTEN_ADDR=0.0.0.0:8080"]'
