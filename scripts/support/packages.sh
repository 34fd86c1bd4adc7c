# Sourced by the scripts that install what others wrote, on Debian or Ubuntu, as root: packages of the distribution, and nothing when all are there.

export DEBIAN_FRONTEND=noninteractive

# A mirror may stumble, and another apt may hold the lock for a while.
APT=(-q -y -o Acquire::Retries=5 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=120)

# PACKAGE...: those that are not installed.
missing() {
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

# PACKAGE...: with the lists that the machine has, which saves half of the time; with new ones when it has none or they are too old.
install_packages() {
  local wanted
  mapfile -t wanted < <(missing "$@")
  if ((${#wanted[@]} == 0)); then return; fi
  echo "installing ${wanted[*]}"
  if ! apt-get "${APT[@]}" install --no-install-recommends "${wanted[@]}" >/dev/null 2>&1; then
    apt-get "${APT[@]}" update >/dev/null
    apt-get "${APT[@]}" install --no-install-recommends "${wanted[@]}" >/dev/null
  fi
}
