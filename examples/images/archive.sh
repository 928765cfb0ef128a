# The archive that `docker load` reads, written without an engine: sourced by build.sh.

# write_archive FILE: packs $root as the one layer of $repository/$image. $settings is the JSON of how it is run; what
# lies in the folder $owned is $owner's, all else root's. The same files give the same image id, whenever they are packed.
write_archive() {
  mkdir "$target/archive"
  tar --create --file="$target/archive/layer.tar" --directory="$root" --sort=name --mtime=@0 --numeric-owner \
    --owner=0 --group=0 --exclude="./${owned:-.none}" .
  if [ -n "$owned" ]; then
    tar --append --file="$target/archive/layer.tar" --directory="$root" --sort=name --mtime=@0 --numeric-owner \
      --owner="$owner" --group="$owner" "./$owned"
  fi
  layer=$(sha256sum "$target/archive/layer.tar" | cut -d ' ' -f 1)
  cat > "$target/config.json" <<JSON
{"architecture":"$architecture","os":"linux","created":"1970-01-01T00:00:00Z",
 "config":{$settings,"Labels":{"org.opencontainers.image.title":"${image%%:*}","org.opencontainers.image.version":"$version"}},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},"history":[{"created":"1970-01-01T00:00:00Z"}]}
JSON
  config=$(sha256sum "$target/config.json" | cut -d ' ' -f 1)
  mv "$target/config.json" "$target/archive/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["%s/%s"],"Layers":["layer.tar"]}]\n' "$config" "$repository" "$image" \
    > "$target/archive/manifest.json"
  tar --create --file="$1" --directory="$target/archive" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner .
}
