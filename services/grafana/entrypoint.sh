#!/bin/sh
# Runs its arguments (Grafana's own start command) with or without a login, as services/.env sets it:
#
#   GRAFANA_ADMIN_PASSWORD   BIND_ADDRESS    who can view the dashboard
#   empty                    this machine    everybody on it, read-only; no administrator, no login, no basic auth
#   empty                    a network       nobody: Grafana is not started
#   set                      any             users who log in; the user `admin` has this password
#
# Grafana reads the password from its settings only while it has no user. In a volume with a user, this script sets the
# password with Grafana's command line before the server starts, so that the password in .env is always valid.
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

export GF_LOG_MODE=console # for the command line too, because the container's disk is read-only

if [ -z "$password" ]; then
    case ${BIND_ADDRESS:-} in
    127.* | ::1 | '[::1]') ;;
    *) stop "BIND_ADDRESS=${BIND_ADDRESS:-} opens it to the network, and no password is set" ;;
    esac
    no_login
    export GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION=true
    export GF_AUTH_ANONYMOUS_ENABLED=true GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer
    echo "Grafana shows the dashboard to everybody on this machine. To require a login, set a password in services/.env."
    exec "$@"
fi

[ "$password" != admin ] || stop "the password \"admin\" is too easy to guess"
[ "${#password}" -ge 4 ] || stop "its password has fewer than four characters, which Grafana does not accept"
export GF_SECURITY_ADMIN_PASSWORD="$password"
export GF_AUTH_ANONYMOUS_ENABLED=false

if [ -f "$GF_PATHS_DATA/grafana.db" ]; then
    # Its exit code is 0 even if there is no administrator, so the message is checked instead.
    message=$(printf '%s\n' "$password" |
        grafana cli --homepath "$GF_PATHS_HOME" --config "$GF_PATHS_CONFIG" \
            admin reset-admin-password --password-from-stdin 2>&1) || true
    case $message in
    *"password changed successfully"*) ;;
    *)
        printf '%s\n' "$message" >&2
        echo "The password of Grafana's administrator could not be set (reason above): nobody can log in." >&2
        no_login
        ;;
    esac
fi
exec "$@"
