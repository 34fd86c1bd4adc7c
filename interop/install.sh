#!/bin/bash
# Installs what the interop runner talks to, on Debian or Ubuntu, as root: `bash interop/install.sh [PEER...]`, default ngtcp2 and
# aioquic; quic-go, webtransport-go and masque-go need Go, quinn needs cargo; caddy is for the tests of fetch, and curl for those of the server. Quick when everything is there.
#
# ngtcp2 comes from the distribution: the libraries, and its programs gtlsclient and gtlsserver. Those two announce `h3` alone; their
# HTTP/0.9 siblings, h09client and h09server, which speak `hq-interop`, stand in the same source package and are
# not built by the distribution. So they are compiled here from that source package, against the distribution's libraries, with two
# faults of that release put right: with GnuTLS the source names `h3` whatever the application is, and h09server, unlike gtlsserver,
# never has GnuTLS send a session ticket, without which nobody can resume.
set -euo pipefail

DESTINATION=${MILLRACE_PEERS:-/usr/local/lib/millrace-interop}
HERE=$(cd "$(dirname "$0")" && pwd)
source "$HERE/../scripts/support/compiled-peers.sh"
source "$HERE/../scripts/support/packages.sh"
PACKAGES=(ngtcp2-client ngtcp2-server tshark)
BUILD_PACKAGES=(g++ make xz-utils libngtcp2-dev libngtcp2-crypto-gnutls-dev libgnutls28-dev libnghttp3-dev libev-dev libssl-dev)

# The source package, by apt and checked by it, from where the machine has its packages but through lists of its own: the machine's
# configuration stays as it is. The release itself, not its security updates: those are withdrawn once a release takes them in.
download_source() {
  apt-get "${APT[@]}" update >/dev/null
  apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' "Release: $(. /etc/os-release && echo "$VERSION_CODENAME")" |
    sort -u >sources.list
  mkdir -p lists/partial
  local options=("${APT[@]}" -o Dir::Etc::SourceList="$PWD/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$PWD/lists" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >/dev/null
  apt-get "${options[@]}" --download-only source ngtcp2 >/dev/null
  mkdir ngtcp2
  tar -xf ngtcp2_*.orig.tar.xz -C ngtcp2 --strip-components=1
}

compile() {
  cd ngtcp2/examples
  sed -i 's/H3_ALPN_V1/HQ_ALPN_V1/g' tls_client_session_gnutls.cc tls_server_session_gnutls.cc
  sed -i '/^int Handler::handshake_completed() {$/a tls_session_.send_session_ticket();' h09server.cc
  cat >hq.mk <<'MAKE'
DEFINES = -DENABLE_EXAMPLE_GNUTLS -DWITH_EXAMPLE_GNUTLS -DHAVE_ARPA_INET_H -DHAVE_NETINET_IN_H -DHAVE_NETINET_UDP_H \
  -DHAVE_ENDIAN_H -DHAVE_BYTESWAP_H -DHAVE_UNISTD_H -DHAVE_FCNTL_H -DHAVE_LINUX_NETLINK_H -DHAVE_LINUX_RTNETLINK_H -DHAVE_ASM_TYPES_H
CXXFLAGS = -std=c++20 -O2 -w -I../third-party -include openssl/pem.h $(DEFINES)
CFLAGS = -O2 -w -I../third-party
LDLIBS = -lngtcp2 -lngtcp2_crypto_gnutls -lgnutls -lev -lnghttp3 -lcrypto
COMMON = debug.o util.o util_gnutls.o shared.o tls_session_base_gnutls.o http_parser.o
all: h09client h09server
h09client: h09client.o client_base.o tls_client_context_gnutls.o tls_client_session_gnutls.o $(COMMON)
h09server: h09server.o server_base.o http.o tls_server_context_gnutls.o tls_server_session_gnutls.o $(COMMON)
h09client h09server:
	$(CXX) -o $@ $^ $(LDLIBS)
http_parser.o: ../third-party/http-parser/http_parser.c
	$(CC) $(CFLAGS) -c -o $@ $<
MAKE
  make -s -j"$(nproc)" -f hq.mk
  install -D -t "$DESTINATION" h09client h09server
}

workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT

# Compiled again when the recipe above has changed.
install_ngtcp2() {
  install_packages "${PACKAGES[@]}"
  local recipe=$DESTINATION/ngtcp2.recipe
  if ! cmp -s "$recipe" <(declare -f compile); then
    install_packages "${BUILD_PACKAGES[@]}"
    echo "compiling ngtcp2's h09client and h09server into $DESTINATION"
    (cd "$workspace" && download_source && compile)
    declare -f compile >"$recipe"
  fi
  note ngtcp2 "$(dpkg-query -W -f '${source:Upstream-Version}' ngtcp2-client | sed 's,+dfsg,,')"
}

# Their versions stand in files of this repository, and each is built or installed again when its file has changed.
install_aioquic() {
  install_packages python3-venv
  local wanted=$HERE/implementations/aioquic/requirements.txt
  if ! cmp -s "$wanted" "$DESTINATION/aioquic/requirements.txt"; then
    rm -rf "$DESTINATION/aioquic"
    /usr/bin/python3 -m venv "$DESTINATION/aioquic"
    "$DESTINATION/aioquic/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$DESTINATION/aioquic/requirements.txt"
  fi
  note aioquic "$(sed -n 's/^aioquic==//p' "$wanted")"
}

# Caddy serves HTTP/3 by quic-go, and says so by Alt-Svc.
install_caddy() {
  install_packages caddy
}

# Debian 12's curl has no HTTP/3; Debian 13's has, by OpenSSL's own QUIC. It is unpacked with everything that it needs, down to the C library, by an apt with
# lists of its own, and run by its own loader: the machine's packages stay as they are. A curl of the machine that has HTTP/3 is taken as it is.
install_curl() {
  local recipe=$DESTINATION/curl.recipe
  if ! cmp -s "$recipe" <(declare -f install_curl unpack_curl); then
    if curl --version 2>/dev/null | grep -qw HTTP3; then
      ln -sf "$(command -v curl)" "$DESTINATION/curl"
    else
      echo "unpacking Debian 13's curl into $DESTINATION"
      mkdir "$workspace/curl"
      (cd "$workspace/curl" && unpack_curl)
    fi
    declare -f install_curl unpack_curl >"$recipe"
  fi
  note curl "$("$DESTINATION/curl" --version | sed -n '1s/curl \([^ ]*\).*/\1/p')"
}

unpack_curl() {
  apt-get indextargets --format 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) trixie main' \
    'Identifier: Packages' 'Component: main' "Release: $(. /etc/os-release && echo "$VERSION_CODENAME")" | sort -u >sources.list
  mkdir -p state/lists/partial cache/archives/partial
  touch state/status
  local options=("${APT[@]}" -o Dir::Etc::SourceList="$PWD/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State="$PWD/state"
    -o Dir::State::status="$PWD/state/status" -o Dir::Cache="$PWD/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >/dev/null
  apt-get "${options[@]}" --download-only --no-install-recommends install curl >/dev/null
  rm -rf "$DESTINATION/curl.root"
  for package in cache/archives/*.deb; do dpkg --extract "$package" "$DESTINATION/curl.root"; done
  local loader
  loader=$(echo "$DESTINATION"/curl.root/usr/lib/*-linux-gnu/ld-linux-*)
  printf '#!/bin/sh\nexec %q --library-path %q %q "$@"\n' "$loader" "$(dirname "$loader")" "$DESTINATION/curl.root/usr/bin/curl" >"$DESTINATION/curl"
  chmod +x "$DESTINATION/curl"
}

install_quic-go() {
  compile_go quic-go "$HERE/implementations/quic-go"
}

install_webtransport-go() {
  compile_go webtransport-go "$HERE/webtransport/webtransport-go" webtransport-go
}

install_masque-go() {
  compile_go masque-go "$HERE/masque/masque-go" masque-go
}

install_quinn() {
  compile_rust quinn "$HERE/implementations/quinn" millrace-interop-quinn
}

mkdir -p "$DESTINATION"
if (($# == 0)); then set -- ngtcp2 aioquic; fi
for peer in "$@"; do
  case $peer in
    ngtcp2 | aioquic | quic-go | webtransport-go | masque-go | quinn | caddy | curl) "install_$peer" ;;
    *) echo "install.sh: '$peer' is not known; there are ngtcp2, aioquic, quic-go, webtransport-go, masque-go, quinn, caddy and curl" >&2 && exit 2 ;;
  esac
done
