#!/bin/sh
set -eu
PGPASSWORD=$(cat "$DATABASE_PASSWORD_FILE")
export PGPASSWORD
export DATABASE_URL="host=$DATABASE_HOST user=$DATABASE_USER dbname=$DATABASE_NAME sslmode=disable"
# The name is known once the database is healthy.
until nslookup "$DATABASE_HOST" > /dev/null 2>&1; do sleep 0.5; done
exec miniflux
