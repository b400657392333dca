#!/bin/sh
# What the browser and server tests need from the system. On Debian and Ubuntu as root it says what is
# missing and installs it; elsewhere the tests that need it are skipped and say so.
missing=""
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
[ -n "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || command -v postgres >/dev/null || missing="$missing postgresql"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
if [ "${SCOPC_NO_APT:-0}" = 1 ] || ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
  for name in $missing; do echo "skipped: tests that need $name (not installed)"; done
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
if [ -n "$missing" ]; then
  echo "scopc: installing for the tests:$missing"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null \
    || echo "skipped: tests that need some of:$missing (could not be installed)"
fi
# The same browser without windows opens a page at a fifth of the cost; not every system has it.
lean=chromium-headless-shell
if ! command -v $lean >/dev/null && apt-cache show $lean >/dev/null 2>&1; then
  echo "scopc: installing for the tests: $lean"
  apt-get install -y -qq --no-install-recommends $lean >/dev/null || true
fi
exit 0
