#!/bin/bash
# Installs what `npm run browser` drives, on Debian or Ubuntu, as root: `bash browser/install.sh`. Quick when it is there. A browser that the environment names
# by MILLRACE_CHROMIUM or MILLRACE_FIREFOX is not installed.
set -euo pipefail
source "$(dirname "$0")/../scripts/support/packages.sh"

# certutil, by which both learn of the authority that signs for the site.
wanted=(libnss3-tools)
[[ -n ${MILLRACE_CHROMIUM:-} ]] || wanted+=(chromium)
[[ -n ${MILLRACE_FIREFOX:-} ]] || wanted+=(firefox-esr)
install_packages "${wanted[@]}"
echo "$("${MILLRACE_CHROMIUM:-chromium}" --version --no-sandbox 2>/dev/null) and $("${MILLRACE_FIREFOX:-firefox-esr}" --version 2>/dev/null) are ready"
