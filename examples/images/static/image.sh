# A web server that is one static program and nothing else: esbuild's, from npm, below an otherwise empty file system.
# (From 0.25 on it answers to no other host name than localhost.)
case $architecture in
  amd64) program=@esbuild/linux-x64 ;;
  arm64) program=@esbuild/linux-arm64 ;;
  *) fail "esbuild has no program for $architecture" ;;
esac
command -v npm > /dev/null || fail "this machine has no npm: $image is made from an npm package"
say "$image: fetching $program@$variant"
mkdir "$target/npm" "$root/site"
npm pack --silent --pack-destination "$target/npm" "$program@$variant" > /dev/null || fail "could not download $program@$variant with npm"
tar --extract --file="$target/npm/$(ls "$target/npm")" --directory="$root" --strip-components=2 --no-same-owner package/bin/esbuild
printf '<!doctype html>\n<title>static</title>\n<h1>static %s</h1>\n' "$version" > "$root/site/index.html"
# Without --watch=forever esbuild ends when its standard input does, that is at once.
settings='"Entrypoint":["/esbuild","--serve=0.0.0.0:8000","--servedir=/site","--watch=forever"],"ExposedPorts":{"8000/tcp":{}}'
