#!/bin/sh
# The floor: what a run of custom-html does, by hand: git, sed, the docker client, openssl for HTTPS, and waits for the engine's events. No lock, no records, no time
# limits, nothing cleaned up after a failure. Each step is told on standard output once it is done; whoever started this takes the times.
#
# Needs FLOOR_DIRECTORY (empty, its own), FLOOR_REPOSITORY, FLOOR_BASE (a tag), FLOOR_DOMAIN, FLOOR_GATEWAY (address:port), and the engine in DOCKER_HOST.
set -eu

stack=$(printf %s "$FLOOR_DOMAIN" | tr . _)
service=${stack}_app
label=com.docker.stack.namespace=$stack
canary=/usr/share/nginx/html/canary.txt
# How long the upgrade's task must stay (the setting limits.hold), in ms.
hold=3000
cd "$FLOOR_DIRECTORY"

told() { printf '%s\n' "$1"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# Replayed from the script's start on: nothing is missed while the client starts.
mkfifo events
docker events --since "$(date +%s)" --filter type=container --filter type=service \
  --filter event=start --filter event=die --filter event=destroy --filter event=health_status --filter event=update \
  --format '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}} {{index .Actor.Attributes "updatestate.new"}}' >events &
follower=$!
trap 'kill $follower' EXIT
exec 3<events

# The next event of this stack that fits a pattern; it is left in $event.
await() {
  while read -r event <&3; do
    case $event in *" $service"*) case $event in $1) return 0 ;; esac ;; esac
  done
  return 1
}

# An answer of the app through the gateway: status line, headers, body. openssl is on every machine that the example site works on; curl is not.
answer() {
  printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" "$FLOOR_DOMAIN" |
    openssl s_client -quiet -connect "$FLOOR_GATEWAY" -servername "$FLOOR_DOMAIN" 2>/dev/null
}
has_status() { case $(answer "$1" | head -n 1) in "HTTP/1."?" $2 "*) return 0 ;; *) return 1 ;; esac; }
healthy() { until has_status / 200; do sleep 0.05; done; }
reads() { [ "$(answer /canary.txt | tail -n 1)" = "$1" ]; }
container() { docker ps --quiet --filter "label=com.docker.swarm.service.name=$service"; }
in_app() { docker exec "$(container)" "$@"; }
put() { in_app sh -c 'printf %s "$1" > "$2"' sh "$1" "$canary"; }

deploy() (
  set -a
  . ./.env
  cd recipe
  . ./abra.sh
  STACK_NAME=$stack docker stack deploy --compose-file compose.yml --resolve-image never "$stack" >/dev/null
)

# prepare
git clone --quiet "$FLOOR_REPOSITORY" recipe
head=$(git -C recipe rev-parse HEAD)
told "prepare: git clone"

# install
git -C recipe checkout --quiet --force "$FLOOR_BASE"
sed -e "s/^DOMAIN=.*/DOMAIN=$FLOOR_DOMAIN/" -e 's/^LETS_ENCRYPT_ENV=.*/LETS_ENCRYPT_ENV=/' recipe/.env.sample >.env
told "install: git checkout of the base, .env by sed"
deploy
told "install: docker stack deploy"
await 'container health_status: healthy *'
until [ "$(docker service ls --filter "label=$label" --format '{{.Replicas}}')" = 1/1 ]; do :; done
told "install: health event of its container, then 1/1"
healthy
told "install: page through the gateway"

# upgrade
put before
reads before
told "upgrade: canary written by docker exec, read"
old=$(container)
git -C recipe checkout --quiet --force "$head"
deploy
told "upgrade: git checkout of the head, docker stack deploy"
await 'container health_status: healthy *'
since=$(milliseconds)
told "upgrade: health event of the new task's container"
completed='' gone=''
until [ -n "$completed" ] && [ -n "$gone" ]; do
  await '*'
  case $event in
    "service update "*" completed") completed=yes ;;
    "container die $old"*) gone=yes ;;
  esac
done
told "upgrade: update completed, the old task's container ended"
left=$((hold - $(milliseconds) + since))
if [ "$left" -gt 0 ]; then sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"; fi
docker service ps --filter desired-state=running --format '{{.CurrentState}}' "$service" | grep -q Running
told "upgrade: the rest of the hold"
healthy
told "upgrade: page through the gateway"
reads before
told "upgrade: canary read"

# backup
put kept
reads kept
told "backup: canary written, read"
docker cp "$(container):/usr/share/nginx/html/." - >backup.tar
told "backup: volume archived by docker cp"

# restore
put damaged
reads damaged
told "restore: canary damaged, read"
docker cp - "$(container):/usr/share/nginx/html" <backup.tar
told "restore: archive unpacked by docker cp"
healthy
told "restore: page through the gateway"
reads kept
told "restore: canary read"

# custom
in_app nginx -t -q &
configuration=$!
has_status /not-there 404 &
missing=$!
answer / >page
wait $configuration
wait $missing
grep -qi '^content-type: text/html; charset=utf-8' page
grep -qi '^x-content-type-options: nosniff' page
told "custom: three tests at once"

# teardown (TEAR-1)
containers=$(docker ps --all --quiet --filter "label=$label" | wc -l)
docker service rm $(docker service ls --quiet --filter "label=$label") >/dev/null
told "teardown: services removed"
while [ "$containers" -gt 0 ]; do
  await 'container destroy *'
  containers=$((containers - 1))
done
until [ -z "$(docker stack ps --quiet "$stack" 2>/dev/null)" ]; do :; done
until [ -z "$(docker ps --all --quiet --filter "label=$label")" ]; do :; done
told "teardown: destroy events of its containers, then tasks = 0 and containers = 0"
for kind in network config secret volume; do
  for object in $(docker $kind ls --quiet --filter "label=$label"); do docker $kind rm "$object" >/dev/null; done
done
told "teardown: networks, configs, secrets, volumes removed"
for kind in service network config secret volume; do
  [ -z "$(docker $kind ls --quiet --filter "label=$label")" ]
done
[ -z "$(docker ps --all --quiet --filter "label=$label")" ]
rm .env
told "teardown: listed: nothing left"
