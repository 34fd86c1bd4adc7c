// aioquic, a library for Python: our program on it is `aioquic/hq.py`, run in the virtual environment that `interop/install.sh` makes.
import { join } from 'node:path'
import type { Implementation } from './implementation.ts'
import { PEERS, programPeer } from './programs.ts'

const ECN = 'aioquic sends through asyncio, which does not mark datagrams'
const MIGRATION = 'aioquic has no preferred address'

export const aioquic: Implementation = programPeer(
  'aioquic',
  [join(PEERS, 'aioquic/bin/python'), join(import.meta.dirname, 'aioquic/hq.py')],
  {
    client: { ecn: ECN, connectionmigration: MIGRATION },
    server: { ecn: ECN, connectionmigration: MIGRATION },
  },
)
