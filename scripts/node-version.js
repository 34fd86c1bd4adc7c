// Loaded before every script of this repository (`node --import`): says in one line that Node is too old, where a
// type-stripping error would otherwise be the first thing that a newcomer sees. Plain JavaScript, so that old versions can read it.

const [major, minor] = process.versions.node.split('.').map(Number)

// OpenSSL 3.5 with its interface for QUIC came with 22.20 and 24.5.
if (!((major === 22 && minor >= 20) || (major === 24 && minor >= 5) || major > 24)) {
  process.stderr.write(
    `Millrace needs Node 22.20 or newer, 24.5 or newer, or 26; this is ${process.version}. ` +
      'Run it through npm (npm start, npm test), which brings Node 26 unless optional dependencies are left out.\n',
  )
  process.exit(1)
}
