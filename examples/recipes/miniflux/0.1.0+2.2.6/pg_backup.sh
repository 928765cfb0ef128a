#!/bin/sh
set -eu
file=$PGDATA/backup.sql

backup() {
  pg_dump --username "$POSTGRES_USER" --file "$file" "$POSTGRES_DB"
}

restore() {
  psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
    --command "DROP DATABASE \"$POSTGRES_DB\" WITH (FORCE)"
  createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
  psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet --set ON_ERROR_STOP=1 \
    --single-transaction --file "$file"
}

"$@"
