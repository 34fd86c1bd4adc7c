// Loaded before every script of this repository (`node --import`): says in one line that Node is too old, where a
// type-stripping error would otherwise be the first thing that a newcomer sees. Plain JavaScript, so that old versions can read it.

const OLDEST = [22, 20]

const [major, minor] = process.versions.node.split('.').map(Number)

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `Millrace needs Node ${OLDEST.join('.')} or newer, this is ${process.version}: ` +
      'run it through npm (npm start, npm test), which brings Node 26 where optional dependencies are installed, or install Node 24.\n',
  )
  process.exit(1)
}
