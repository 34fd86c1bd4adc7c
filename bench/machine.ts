// The machine that the figures belong to.
import { arch, cpus, platform, release } from 'node:os'

/** `Intel Xeon, 2 cores, linux 6.1 x64, Node 26.10.0, OpenSSL 3.5.1`. */
export function describeMachine(): string {
  const processors = cpus()
  const kernel = release().split('.').slice(0, 2).join('.')
  return [
    processors[0]?.model.trim() || 'unknown processor',
    `${processors.length} cores`,
    `${platform()} ${kernel} ${arch()}`,
    `Node ${process.versions.node}`,
    `OpenSSL ${process.versions.openssl}`,
  ].join(', ')
}
