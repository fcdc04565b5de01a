#!/bin/sh
# Run once, when the volume is empty: a role that owns the schedule's database, and nothing else.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --set ON_ERROR_STOP=1 \
  --set "password=$(cat "${PASSWORD_FILE:-/run/secrets/cronverge-password}")" <<'SQL'
create role cronverge login password :'password';
create database cronverge owner cronverge;
revoke all on database cronverge from public;
SQL
