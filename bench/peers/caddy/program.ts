/** Debian's, which `bash interop/install.sh caddy` installs. */
export const PROGRAM = '/usr/bin/caddy'
