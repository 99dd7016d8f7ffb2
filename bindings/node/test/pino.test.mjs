// Tests with a real pino logger. SEERFLOW_TORTURE=long writes a million lines.
import { after, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'

import { open } from '../lib/index.mjs'
import transport from '../lib/pino.mjs'
import { measureDelay, spell } from './support/delay.mjs'
import { all, folder } from './support/folder.mjs'

const target = fileURLToPath(new URL('../lib/pino.mjs', import.meta.url))
// pino's worker does not keep the process alive.
const keep = setInterval(() => {}, 1000)
after(() => clearInterval(keep))

const LINES = process.env.SEERFLOW_TORTURE === 'long' ? 1_000_000 : 100_000

async function read (t, path, query = { order: 'arrival', pageSize: 5000 }) {
  const store = await open({ path })
  t.after(() => store.close())
  return store.query(query)
}

/** Ends a transport. pino's own end() blocks the event loop, so this lets the transport empty first. */
async function end (logger, stream) {
  await new Promise((resolve, reject) => logger.flush((error) => error ? reject(error) : resolve()))
  stream.end()
  await once(stream, 'close')
}

test('a line of pino becomes an event', async (t) => {
  const path = join(folder(t), 'events.db')
  const stream = pino.transport({ target, options: { path } })
  const logger = pino({ name: 'shop' }, stream)
  logger.child({ order: 7 }).warn('late')
  const error = new TypeError('boom')
  logger.error({ err: error, req: { method: 'GET', url: '/cart', remoteAddress: '203.0.113.66' } })
  logger.fatal('späße 🎉')
  await end(logger, stream)
  const [late, boom, last] = await all(await read(t, path))
  assert.deepEqual([late.message, late.severity_id, late.source_type, late.attributes.order], ['late', 3, 'pino', 7])
  assert.deepEqual(late.related_processes, [`shop:${process.pid}`])
  assert.ok(late.source_id.length > 0)
  assert.deepEqual([boom.message, boom.severity_id, boom.related_ips], ['boom', 4, ['203.0.113.66']])
  assert.equal(JSON.parse(boom.attributes.err).type, 'TypeError')
  assert.deepEqual([last.message, last.severity_id], ['späße 🎉', 6])
})

test('lines that are split anywhere are joined, and the last one needs no line feed', async (t) => {
  const path = join(folder(t), 'events.db')
  const stream = await transport({ path })
  const text = Array.from({ length: 50 }, (_, i) => JSON.stringify({ level: 30, msg: `line ${i} ${'x'.repeat(i * 7)}` })).join('\n')
  for (let at = 0, size = 1; at < text.length; at += size, size = (size * 7) % 61 + 1) {
    const piece = text.slice(at, at + size)
    if (!stream.write(size % 2 ? piece : Buffer.from(piece))) await once(stream, 'drain')
  }
  await new Promise((resolve, reject) => stream.flush((error) => error ? reject(error) : resolve()))
  stream.end()
  await once(stream, 'close')
  const events = await all(await read(t, path))
  assert.deepEqual(events.map(({ message }) => message.split(' ')[1]), Array.from({ length: 50 }, (_, i) => `${i}`))
})

test('the end of the process stores every line', async (t) => {
  const path = join(folder(t), 'events.db')
  for (const end of ['', 'process.exit(0)']) {
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', `
      import pino from ${JSON.stringify(import.meta.resolve('pino'))}
      const logger = pino(pino.transport({ target: ${JSON.stringify(target)}, options: { path: ${JSON.stringify(path)} } }))
      for (let i = 0; i < 1000; i++) logger.info({ i }, 'line')
      ${end}`], { encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual([run.status, run.stderr], [0, ''])
  }
  assert.equal((await all(await read(t, path))).length, 2000)
})

test('a transport that cannot open its store fails with the reason', async () => {
  const stream = pino.transport({ target, options: { path: '/proc/none/x.db' } })
  const [error] = await once(stream, 'error')
  assert.match(error.message, /\/proc\/none/)
})

test('transports in several workers share one store', async (t) => {
  const path = join(folder(t), 'events.db')
  await assert.rejects(transport({ path, mustExist: true }), { code: 'not_found' })
  const reader = await open({ path, shared: true })
  const streams = ['a', 'b'].map(() => pino.transport({ target, options: { path, shared: true } }))
  await Promise.all(streams.map(async (stream, i) => {
    const logger = pino({}, stream)
    for (let line = 0; line < 500; line++) logger.info({ i, line }, 'shared')
    await end(logger, stream)
  }))
  assert.equal(reader.stats().committed, 1000)
  assert.equal((await reader.summary()).events, 1000)
  await reader.close()
})

test(`${LINES} lines at full speed: all stored in order, with bounded memory and a responsive event loop`, { timeout: 600_000 }, async (t) => {
  const path = join(folder(t), 'events.db')
  const stream = pino.transport({ target, options: { path } })
  await once(stream, 'ready')
  const loggers = ['a', 'b'].map((producer) => pino({}, stream).child({ producer }))
  let peak = 0
  const began = performance.now()
  const delay = await measureDelay(async () => {
    for (let i = 0; i < LINES / 2; i++) {
      for (const logger of loggers) logger.info({ i }, 'request done from 192.0.2.%d', i % 250)
      if (i % 50 === 49) {
        await new Promise(setImmediate)
        if (stream.writableNeedDrain) await once(stream, 'drain')
      }
      if (i % 5000 === 0) peak = Math.max(peak, Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024)
    }
    await new Promise((resolve, reject) => loggers[0].flush((error) => error ? reject(error) : resolve()))
  })
  const seconds = (performance.now() - began) / 1000
  stream.end()
  await once(stream, 'close')
  const expected = { a: 0, b: 0 }
  for await (const { attributes: { producer, i } } of await read(t, path)) {
    if (i !== expected[producer]++) assert.fail(`producer ${producer}: ${i} instead of ${expected[producer] - 1}`)
  }
  assert.deepEqual(expected, { a: LINES / 2, b: LINES / 2 })
  t.diagnostic(`${Math.round(LINES / seconds)} lines/s, ${spell(delay)}, peak ${Math.round(peak)} MiB`)
  assert.ok(delay.turn < 20, spell(delay))
  assert.ok(peak < 400, `${peak} MiB`)
})

/** The CPU time of the threads of Node, without those of the store, in milliseconds. */
function cpuOfNode () {
  return readdirSync('/proc/self/task').map((thread) => {
    try {
      const read = (name) => readFileSync(`/proc/self/task/${thread}/${name}`, 'utf8')
      return read('comm').startsWith('seerflow') ? 0 : Number(read('schedstat').split(' ')[0]) / 1e6
    } catch {
      return 0 // It has ended.
    }
  }).reduce((sum, time) => sum + time)
}

test('Node\'s threads take at most twice the CPU time that they take with pino/file', async (t) => {
  const home = folder(t)
  const took = {}
  for (const [name, transport] of Object.entries({ file: { target: 'pino/file', options: { destination: join(home, 'log') } }, seerflow: { target, options: { path: join(home, 'events.db') } } })) {
    const stream = pino.transport(transport)
    const logger = pino(stream)
    await once(stream, 'ready')
    const before = cpuOfNode()
    for (let i = 0; i < 20_000; i++) {
      logger.info({ i }, 'request done from 192.0.2.%d', i % 250)
      // About 18,000 lines a second, which a store takes.
      if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await new Promise((resolve, reject) => logger.flush((error) => error ? reject(error) : resolve()))
    took[name] = (cpuOfNode() - before) / 20
    stream.end()
    await once(stream, 'close')
  }
  t.diagnostic(`pino/file ${took.file.toFixed(1)} µs a line, seerflow/pino ${took.seerflow.toFixed(1)} µs: ${(took.seerflow / took.file).toFixed(2)} times`)
  assert.ok(took.seerflow < 2 * took.file, JSON.stringify(took))
})
