#!/bin/bash
# Compiles what the benchmarks compare Millrace with and npm does not have: `bash bench/install.sh [PEER...]`, default all of quic-go (needs Go),
# quinn (needs cargo) and ngtcp2 (as interop/install.sh has it: on Debian, as root). Quick when everything is there.
set -euo pipefail

DESTINATION=${MILLRACE_BENCH_PEERS:-/usr/local/lib/millrace-bench}
HERE=$(cd "$(dirname "$0")" && pwd)

install_quic-go() {
  (cd "$HERE/peers/quic-go" && go build -trimpath -o "$DESTINATION/quic-go" .)
  note quic-go "$(sed -n 's#.*quic-go/quic-go v##p' "$HERE/peers/quic-go/go.mod")"
}

install_quinn() {
  (cd "$HERE/peers/quinn" && cargo build --quiet --release --locked --target-dir "$DESTINATION/quinn.build")
  install "$DESTINATION/quinn.build/release/millrace-bench-quinn" "$DESTINATION/quinn"
  note quinn "$(sed -n '/^name = "quinn"$/{n;s/version = "\(.*\)"/\1/p}' "$HERE/peers/quinn/Cargo.lock")"
}

install_ngtcp2() {
  bash "$HERE/../interop/install.sh" ngtcp2
}

note() {
  echo "$2" >"$DESTINATION/$1.version"
  echo "$1 $2 is ready"
}

mkdir -p "$DESTINATION"
if (($# == 0)); then set -- quic-go quinn ngtcp2; fi
for peer in "$@"; do
  case $peer in
    quic-go | quinn | ngtcp2) "install_$peer" ;;
    *)
      echo "$peer is none of quic-go, quinn, ngtcp2" >&2
      exit 2
      ;;
  esac
done
