'use strict'

// A worker that writes batches until it is ended. It reports each acknowledged batch, and whether its store is closed.
const { parentPort, workerData } = require('node:worker_threads')
const { open } = require('../..')

async function main () {
  const { path, number, durable, batch, end, batches } = workerData
  const store = await open({ path })
  parentPort.postMessage('ready')
  for (let i = 0; i < batches; i++) {
    const events = Array.from({ length: batch }, (_, j) => ({ message: `worker ${number}`, source_id: `w${number}`, attributes: { n: i * batch + j } }))
    await store.write(events, { durable })
    parentPort.postMessage((i + 1) * batch)
  }
  // Some end by themselves, some by exit, and some are abandoned.
  if (end === 'close') await store.close()
  else if (end === 'exit') process.exit(0)
}

main()
