#!/bin/sh
# Redis and Chromium for the tests that need them, with `slow` also a mail server (Dovecot):
# installed where this may, else named.
set -u
missing=""
command -v redis-server >/dev/null 2>&1 || missing="redis-server"
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
    command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
if [ "${1:-}" = slow ]; then
    PATH="$PATH:/usr/sbin" command -v dovecot >/dev/null 2>&1 || missing="$missing dovecot-imapd"
fi
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $missing ..."
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
    echo "apt-get could not install $missing."
fi
for tool in $missing; do
    case $tool in
        redis-server) what="the tests with Redis as the broker" ;;
        dovecot-imapd) what="the tests with a real IMAP server" ;;
        chromium) what="the tests in a browser" ;;
    esac
    echo "Without $tool, $what are skipped; install it: apt install $tool (or your system's package)."
done
[ "${CI:-}" = true ] && exit 1
exit 0
