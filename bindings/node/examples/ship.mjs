// Ships a file of log lines: durable chunks with a batch key, so that a chunk that is sent again is stored once.
// node ship.mjs /var/log/auth.log events.db
import { createReadStream } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { open, SeerflowError } from 'seerflow'

const [file = '/var/log/auth.log', path = 'events.db'] = process.argv.slice(2)
const store = await open({ path })
let offset = 0
/** @type {Buffer} */
let rest = Buffer.alloc(0)

for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
  rest = await ship(Buffer.concat([rest, chunk]), false)
}
await ship(rest, true)
await store.close()

/**
 * Stores all whole lines, and returns the rest.
 * @param {Buffer} data
 * @param {boolean} complete
 */
async function ship (data, complete) {
  for (;;) {
    try {
      const { consumed } = await store.write(data, { format: 'lines', durable: true, withdraw: true, batchKey: `${file}:${offset}`, complete })
      offset += consumed
      return data.subarray(consumed)
    } catch (error) {
      if (!(error instanceof SeerflowError) || !error.retriable) throw error
      console.error(`again in a second: ${error.message}`)
      await setTimeout(1000)
    }
  }
}
