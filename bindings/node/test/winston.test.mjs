import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import winston from 'winston'

import { open } from '../lib/index.mjs'
import { SeerflowTransport } from '../lib/winston.mjs'
import { all, folder, fresh } from './support/folder.mjs'

test('a record of winston becomes an event', async (t) => {
  const path = join(folder(t), 'events.db')
  const transport = new SeerflowTransport({ path, level: 'silly' })
  const logger = winston.createLogger({ level: 'silly', transports: [transport], format: winston.format.combine(winston.format.errors({ stack: true }), winston.format.timestamp()) })
  for (const level of ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly']) logger.log(level, `at ${level}`, { user: 'deploy' })
  const circle = { name: 'circle', big: 2n ** 60n }
  circle.self = circle
  logger.info('objects', { circle, error: new RangeError('boom') })
  await transport.flush()
  const store = await open({ path })
  t.after(() => store.close())
  assert.equal((await store.summary()).events, 8)
  logger.info('last')
  logger.end()
  await once(transport, 'finish')
  const events = await all(store.query({ order: 'arrival' }))
  assert.deepEqual(events.map(({ message }) => message).slice(-2), ['objects', 'last'])
  assert.deepEqual(events.slice(0, 7).map((event) => event.severity_id ?? 1), [4, 3, 1, 0, 0, 0, 0])
  assert.deepEqual([events[0].related_users, events[0].source_type], [['deploy'], 'winston'])
  const { circle: stored, error } = events[7].attributes
  assert.equal(JSON.parse(stored).self, '[circular]')
  assert.match(JSON.parse(error).stack, /RangeError: boom/)
})

test('a transport writes to an open store, and does not close it', async (t) => {
  const store = await fresh(t)
  const transport = new SeerflowTransport({ store, sourceType: 'shop', format: winston.format((info) => info.message.includes('secret') ? false : info)() })
  const logger = winston.createLogger({ transports: [transport] })
  for (let i = 0; i < 500; i++) logger.info(`line ${i}${i % 10 ? '' : ' secret'}`)
  logger.end()
  await once(transport, 'finish')
  const events = await all(store.query({ order: 'arrival' }))
  assert.equal(events.length, 450)
  assert.deepEqual(events.map(({ message }) => Number(message.slice(5))), Array.from({ length: 500 }, (_, i) => i).filter((i) => i % 10))
  assert.equal(store.health().state, 'ok')
})

test('a transport that cannot write emits an error on its logger', async (t) => {
  const transport = new SeerflowTransport({ path: '/proc/none/x.db' })
  const logger = winston.createLogger({ transports: [transport] })
  logger.info('nowhere')
  const [error] = await once(logger, 'error')
  assert.equal(error.code, 'not_found')
})

test('records that were logged right before the end of the process are stored', async (t) => {
  for (const end of ['process.exit(1)', 'throw new Error("uncaught")', 'setTimeout(() => { logger.error("at the very end"); undefined.x })']) {
    const path = join(folder(t), 'events.db')
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', `
      import winston from ${JSON.stringify(import.meta.resolve('winston'))}
      import { SeerflowTransport } from ${JSON.stringify(new URL('../lib/winston.mjs', import.meta.url).href)}
      const logger = winston.createLogger({ transports: [new SeerflowTransport({ path: ${JSON.stringify(path)} })] })
      logger.info('starting')
      for (let i = 0; i < 100; i++) logger.warn('try ' + i)
      logger.error('cannot bind port')
      ${end}`], { encoding: 'utf8', timeout: 60_000 })
    assert.equal(run.status, 1, run.stderr)
    const store = await open({ path })
    t.after(() => store.close())
    const messages = (await all(store.query({ order: 'arrival' }))).map(({ message }) => message)
    assert.deepEqual(messages.slice(0, 102), ['starting', ...Array.from({ length: 100 }, (_, i) => `try ${i}`), 'cannot bind port'])
    assert.equal(messages[102], end.startsWith('setTimeout') ? 'at the very end' : undefined)
  }
})

test('a store that is slower than winston makes it wait, and nothing is lost', async (t) => {
  const store = await fresh(t, { config: { 'storage.queue_events': 1000 } })
  const logger = winston.createLogger({ transports: [new SeerflowTransport({ store })] })
  for (let i = 0; i < 40_000; i++) {
    if (!logger.info(`${i}`)) await new Promise(setImmediate)
    if (i % 1000 === 999) await new Promise(setImmediate)
  }
  logger.end()
  await once(logger.transports[0], 'finish')
  let next = 0
  for await (const { message } of store.query({ order: 'arrival', pageSize: 5000 })) assert.equal(Number(message), next++)
  assert.equal(next, 40_000)
})

test('logging after the shared store was closed emits an error on the logger', async (t) => {
  const store = await fresh(t)
  const logger = winston.createLogger({ transports: [new SeerflowTransport({ store })] })
  logger.info('stored')
  await new Promise(setImmediate)
  await store.close()
  logger.info('too late')
  const [error] = await once(logger, 'error')
  assert.equal(error.code, 'closed')
  // Ending a logger whose store was closed before is not an error.
  const other = await fresh(t)
  const transport = new SeerflowTransport({ store: other })
  const second = winston.createLogger({ transports: [transport] })
  second.info('stored')
  await transport.flush()
  await other.close()
  second.end()
  await once(transport, 'finish')
})
