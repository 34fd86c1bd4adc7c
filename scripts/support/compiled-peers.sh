# Sourced by interop/install.sh and bench/install.sh, which keep programs of their own on top of the same libraries: compiles them into $DESTINATION, and
# notes beside each the version of the library that it stands on.

# NAME FOLDER [LIBRARY]: the Go program in the folder, on a library of quic-go's, itself by default.
compile_go() {
  (cd "$2" && go build -trimpath -o "$DESTINATION/$1" .)
  note "$1" "$(sed -n "s#.*quic-go/${3:-quic-go} v##p" "$2/go.mod")"
}

# NAME FOLDER BINARY: the Rust program in the folder, on quinn; cargo calls it BINARY.
compile_rust() {
  (cd "$2" && cargo build --quiet --release --locked --target-dir "$DESTINATION/$1.build")
  install "$DESTINATION/$1.build/release/$3" "$DESTINATION/$1"
  note "$1" "$(sed -n '/^name = "quinn"$/{n;s/version = "\(.*\)"/\1/p}' "$2/Cargo.lock")"
}

# NAME VERSION
note() {
  echo "$2" >"$DESTINATION/$1.version"
  echo "$1 $2 is ready"
}
