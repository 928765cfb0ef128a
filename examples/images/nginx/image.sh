# nginx, laid out as its official image is: content in /usr/share/nginx/html, sites in /etc/nginx/conf.d.
unpack_debian "$variant" nginx busybox-static
add_busybox
add_user www-data 33
rm -rf "$root/etc/nginx/modules-enabled" "$root/etc/nginx/sites-available" "$root/etc/nginx/sites-enabled" "$root/var/www"
mkdir -p "$root/etc/nginx/conf.d" "$root/usr/share/nginx/html" "$root/var/log/nginx" "$root/var/lib/nginx"
cp "$here/nginx/nginx.conf" "$root/etc/nginx/nginx.conf"
cp "$here/nginx/default.conf" "$root/etc/nginx/conf.d/default.conf"
printf '<!doctype html>\n<title>It works</title>\n<h1>nginx %s</h1>\n' "$version" > "$root/usr/share/nginx/html/index.html"
settings='"Cmd":["nginx","-g","daemon off;"],"ExposedPorts":{"80/tcp":{}},"StopSignal":"SIGQUIT","Env":["PATH=/usr/sbin:/usr/bin"]'
