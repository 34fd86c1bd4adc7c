#!/bin/bash
# Compiles what the benchmarks compare Millrace with and npm does not have: `bash bench/install.sh [PEER...]`, default all of quic-go (needs Go),
# quinn (needs cargo) and ngtcp2 (as interop/install.sh has it: on Debian, as root). Quick when everything is there.
set -euo pipefail

DESTINATION=${MILLRACE_BENCH_PEERS:-/usr/local/lib/millrace-bench}
HERE=$(cd "$(dirname "$0")" && pwd)
source "$HERE/../scripts/support/compiled-peers.sh"

install_quic-go() {
  compile_go quic-go "$HERE/peers/quic-go"
}

install_quinn() {
  compile_rust quinn "$HERE/peers/quinn" millrace-bench-quinn
}

install_ngtcp2() {
  bash "$HERE/../interop/install.sh" ngtcp2
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
