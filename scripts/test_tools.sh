#!/bin/sh
# Redis and Chromium for the tests that need them, with `slow` also a mail server (Dovecot):
# installed where this may, else named. Any Chromium will do; the headless shell is the fastest.
set -u
missing=""
faster=""
command -v redis-server >/dev/null 2>&1 || missing="redis-server"
if ! command -v chromium-headless-shell >/dev/null 2>&1; then
    if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1; then
        faster="chromium-headless-shell"
    else
        missing="$missing chromium-headless-shell"
    fi
fi
if [ "${1:-}" = slow ]; then
    PATH="$PATH:/usr/sbin" command -v dovecot >/dev/null 2>&1 || missing="$missing dovecot-imapd"
fi
[ -z "$missing$faster" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    echo "Installing" $missing $faster "..."
    apt-get update -qq >/dev/null
    for tool in $missing $faster; do
        said=$(apt-get install -y -qq --no-install-recommends "$tool" 2>&1) || {
            [ "$tool" = "$faster" ] && continue # the Chromium that is there will do
            echo "apt-get could not install $tool: $said"
            failed=yes
        }
    done
    [ -z "${failed:-}" ] && exit 0
fi
for tool in $missing; do
    case $tool in
        redis-server) what="the tests with Redis as the broker" ;;
        dovecot-imapd) what="the tests with a real IMAP server" ;;
        chromium-headless-shell) what="the tests in a browser" ;;
    esac
    echo "Without $tool, $what are skipped; install it: apt install $tool (or your system's package)."
done
[ "${CI:-}" = true ] && [ -n "$missing" ] && exit 1
exit 0
