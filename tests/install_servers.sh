#!/bin/sh
# What the browser and server tests need from the system. On Debian and Ubuntu as root it says what is
# missing and installs it; elsewhere the tests that need it are skipped and say so.
missing=""
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || command -v postgres >/dev/null || missing="$missing postgresql"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
[ -z "$missing" ] && exit 0
if [ "${SCOPC_NO_APT:-0}" = 1 ] || ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
  for name in $missing; do echo "skipped: tests that need $name (not installed)"; done
  exit 0
fi
echo "scopc: installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null \
  || echo "skipped: tests that need some of:$missing (could not be installed)"
exit 0
