#!/bin/bash
# Installs Debian's kdig, which speaks DNS over QUIC, as root. Quick when it is there.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
if ! command -v kdig >/dev/null; then
  apt-get update -q >/dev/null
  apt-get install -q -y --no-install-recommends knot-dnsutils >/dev/null
fi
kdig --help | grep -F '+[no]quic' || { echo 'this kdig was built without QUIC' >&2; exit 1; }
