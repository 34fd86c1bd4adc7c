// ngtcp2's example programs, which `interop/install.sh` builds from the distribution's source package: the packaged gtlsclient and
// gtlsserver announce `h3` alone, their siblings speak `hq-interop`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Implementation } from './implementation.ts'

const FOLDER = process.env.MILLRACE_PEERS ?? '/usr/local/lib/millrace-interop'
const CLIENT = join(FOLDER, 'h09client')
const SERVER = join(FOLDER, 'h09server')

export const ngtcp2: Implementation = {
  name: 'ngtcp2',
  missing() {
    const absent = [CLIENT, SERVER].filter((program) => !existsSync(program))
    return absent.length === 0 ? null : `ngtcp2 is missing (${absent.join(', ')}); on Debian 'bash interop/install.sh' as root installs it`
  },
  server: ({ port, root, cert, key }) => ({ program: SERVER, args: ['--quiet', `--htdocs=${root}`, '127.0.0.1', `${port}`, key, cert] }),
  client: ({ port, files, downloads }) => ({
    program: CLIENT,
    args: [
      '--quiet',
      '--sni=localhost',
      '--exit-on-all-streams-close',
      `--download=${downloads}`,
      '127.0.0.1',
      `${port}`,
      ...files.map((file) => `https://localhost:${port}/${file}`),
    ],
  }),
}
