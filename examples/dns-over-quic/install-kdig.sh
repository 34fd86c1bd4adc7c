#!/bin/bash
# Installs Debian's kdig, which speaks DNS over QUIC, as root. Quick when it is there.
set -euo pipefail
source "$(dirname "$0")/../../scripts/support/packages.sh"
install_packages knot-dnsutils
kdig --help | grep -F '+[no]quic' || { echo 'this kdig was built without QUIC' >&2; exit 1; }
