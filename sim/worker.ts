// A thread that runs the seeds it is given, one after the other. The outcome of each goes back at once.
import { parentPort } from 'node:worker_threads'
import { Simulator } from './simulate.ts'

const simulator = new Simulator()
const port = parentPort!
port.on('message', (seed: number | null) => {
  if (seed !== null) port.postMessage(simulator.run(seed))
  else {
    simulator.release()
    port.close()
  }
})
