#!/bin/sh
# Make Debian's Chromium available for the browser tests where that is possible; otherwise they skip and say why.
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Debian's chromium for the browser tests ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >/dev/null 2>&1
fi
command -v chromium >/dev/null 2>&1 || echo "No chromium: the browser tests will be skipped (install it with: apt-get install chromium)."
exit 0
