#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence and not a syntax error.
const [major, minor] = process.versions.node.split('.').map(Number)
if (!((major === 22 && minor >= 20) || (major === 24 && minor >= 5) || major >= 25)) {
  console.error(`millrace: needs Node 22.20 or newer, 24.5 or newer, or 26; this is Node ${process.versions.node}.`)
  process.exit(2)
}
import('./launch.js')
