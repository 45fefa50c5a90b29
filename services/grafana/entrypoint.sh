#!/bin/sh
# Runs its arguments (Grafana's own start) with a login or without one, by what services/.env says:
#
#   GRAFANA_ADMIN_PASSWORD   BIND_ADDRESS    who sees the dashboard
#   empty                    this machine    everybody on it, to read; no administrator, no login, no basic auth
#   empty                    a network       nobody: Grafana is not started
#   set                      any             who logs in; the user `admin` has this password
#
# Grafana takes the password of its settings only while it has no user yet. In a volume that has one, the
# password is set by its command line, before the server starts: what stands in .env is what holds.
set -eu

password=${GRAFANA_ADMIN_PASSWORD:-}
unset GRAFANA_ADMIN_PASSWORD

stop() {
    echo "Grafana is not started: $1. Set GRAFANA_ADMIN_PASSWORD in services/.env, then \`docker compose up\`." >&2
    exit 1
}

no_login() {
    export GF_AUTH_DISABLE_LOGIN_FORM=true GF_AUTH_BASIC_ENABLED=false
}

export GF_LOG_MODE=console # of the command line too: the container's disk is read-only

if [ -z "$password" ]; then
    case ${BIND_ADDRESS:-} in
    127.* | ::1 | '[::1]') ;;
    *) stop "BIND_ADDRESS=${BIND_ADDRESS:-} opens it to the network, and there is no password" ;;
    esac
    no_login
    export GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION=true
    export GF_AUTH_ANONYMOUS_ENABLED=true GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer
    echo "Grafana shows the dashboard to everybody on this machine; a password in services/.env brings a login."
    exec "$@"
fi

[ "$password" != admin ] || stop "its password is \"admin\", which everybody tries first"
[ "${#password}" -ge 4 ] || stop "its password has fewer than the four characters that Grafana asks for"
export GF_SECURITY_ADMIN_PASSWORD="$password"
export GF_AUTH_ANONYMOUS_ENABLED=false

if [ -f "$GF_PATHS_DATA/grafana.db" ]; then
    # Its exit code is 0 where it found no administrator, so that only what it says counts.
    said=$(printf '%s\n' "$password" |
        grafana cli --homepath "$GF_PATHS_HOME" --config "$GF_PATHS_CONFIG" \
            admin reset-admin-password --password-from-stdin 2>&1) || true
    case $said in
    *"password changed successfully"*) ;;
    *)
        printf '%s\n' "$said" >&2
        echo "The password of Grafana's administrator could not be set (above): nobody can log in until it can." >&2
        no_login
        ;;
    esac
fi
exec "$@"
