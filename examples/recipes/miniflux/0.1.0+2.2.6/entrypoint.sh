#!/bin/sh
set -eu
PGPASSWORD=$(cat "$DATABASE_PASSWORD_FILE")
export PGPASSWORD
export DATABASE_URL="host=$DATABASE_HOST user=$DATABASE_USER dbname=$DATABASE_NAME sslmode=disable"
exec miniflux
