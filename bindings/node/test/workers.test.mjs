// Workers that write and end in every way. SEERFLOW_TORTURE=long runs the long form, SEERFLOW_SEED seeds the random times.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

import { open } from '../lib/index.mjs'
import { folder } from './support/folder.mjs'

const LONG = process.env.SEERFLOW_TORTURE === 'long'
const WORKERS = LONG ? 1000 : 60
const AT_ONCE = 4
const ENDS = ['close', 'exit', 'leave', 'terminate', 'terminate', 'terminate']

/** Returns a generator of random numbers from 0 up to 1, the same for each seed. */
function random (seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

test(`${WORKERS} workers start, write and end at random: no acknowledged event is lost`, { timeout: 1_800_000 }, async (t) => {
  const seed = Number(process.env.SEERFLOW_SEED ?? 20261125)
  const next = random(seed)
  const path = join(folder(t), 'events.db')
  const store = await open({ path })
  const acknowledged = new Map()
  const resources = []
  let started = 0
  const failures = []

  const lead = async () => {
    while (started < WORKERS) {
      const number = started++
      await one(number)
      if (number % (WORKERS / 10) === 0) resources.push(measure())
    }
  }
  const one = (number) => new Promise((resolve) => {
    const end = ENDS[Math.floor(next() * ENDS.length)]
    const workerData = { path, number, durable: next() < 0.5, batch: 1 + Math.floor(next() * 200), end, batches: end === 'terminate' ? 1e9 : 1 + Math.floor(next() * 10) }
    const worker = new Worker(new URL('support/worker.cjs', import.meta.url), { workerData })
    if (end === 'terminate') setTimeout(() => worker.terminate(), next() * 200)
    worker.on('message', (count) => { if (count !== 'ready') acknowledged.set(number, count) })
    worker.on('error', (error) => failures.push(error))
    worker.on('exit', resolve)
  })
  await Promise.all(Array.from({ length: AT_ONCE }, lead))
  assert.deepEqual(failures, [])
  // Measured before the queries below, whose readers have their own page caches.
  const [middle, last] = [resources[Math.floor(resources.length / 2)], measure()]

  let events = 0
  for (const [number, count] of acknowledged) {
    const { total } = await store.queryPage({ sourceId: `w${number}`, limit: 1, total: 'exact' })
    assert.ok(total >= count, `seed ${seed}: worker ${number} has ${count} acknowledged events, but ${total} are stored`)
    events += count
  }
  assert.ok(events > WORKERS)
  assert.deepEqual(await store.check(), [])
  await store.close()
  const fault = 'Node: workers that write end by `close`, `process.exit`, returning, or `terminate()` during a batch, four at a time'
  const note = `at the end ${last.mib} MiB, ${last.threads} threads, ${last.descriptors} descriptors`
  t.diagnostic(`proof: ${fault} | ${WORKERS} | ${events} events | 0 | 0 | ${seed} | - | ${note} | bindings/node/test/workers.test.mjs`)
  assert.ok(last.threads <= middle.threads + 4 && last.descriptors <= middle.descriptors + 4, JSON.stringify({ middle, last }))
  if (LONG) assert.ok(last.mib < middle.mib + 40, JSON.stringify({ middle, last }))
})

function measure () {
  const status = readFileSync('/proc/self/status', 'utf8')
  return {
    mib: Math.round(Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024),
    threads: readdirSync('/proc/self/task').length,
    descriptors: readdirSync('/proc/self/fd').length
  }
}

test('a worker that is terminated during a waiting call ends soon, and the events of its writes are stored', async (t) => {
  const path = join(folder(t), 'events.db')
  const worker = new Worker(`
    const { parentPort, workerData } = require('node:worker_threads')
    const { open } = require(workerData.index)
    open({ path: workerData.path, exitTimeout: 200, config: { 'storage.queue_events': 1, 'storage.flush_interval_ms': 3600000, 'storage.flush_events': 1000000 } }).then(async (store) => {
      await store.write({ message: 'one' })
      for (let i = 0; i < 5; i++) store.write({ message: 'no room' }, { timeout: -1 }).catch(() => {})
      store.flush({ timeout: -1 }).catch(() => {})
      setTimeout(() => parentPort.postMessage('waits'), 50)
    })`, { eval: true, workerData: { path, index: new URL('../lib/index.js', import.meta.url).pathname } })
  await new Promise((resolve) => worker.once('message', resolve))
  const began = performance.now()
  await worker.terminate()
  assert.ok(performance.now() - began < 5_000)
  const store = await open({ path })
  assert.equal((await store.summary()).events, 6)
  await store.close()
})
