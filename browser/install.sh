#!/bin/bash
# Installs the browser that `npm run browser` drives, on Debian or Ubuntu, as root: `bash browser/install.sh`. Quick when it is there.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

if ! command -v "${MILLRACE_CHROMIUM:-chromium}" >/dev/null; then
  echo 'installing chromium'
  apt-get update -q >/dev/null
  apt-get install -q -y --no-install-recommends chromium >/dev/null
fi
echo "$("${MILLRACE_CHROMIUM:-chromium}" --version --no-sandbox 2>/dev/null) is ready"
