#!/bin/sh
# The app says that it is well, to whoever asks. Any program can be a test: exit code 77 skips it.
set -eu
command -v curl > /dev/null || { echo "this machine has no curl"; exit 77; }
answer=$(curl --silent --show-error --fail --insecure --max-time 20 --connect-to "::$CCCI_GATEWAY" "$CCCI_BASE_URL/healthcheck")
echo "/healthcheck answers $answer"
[ "$answer" = OK ]
