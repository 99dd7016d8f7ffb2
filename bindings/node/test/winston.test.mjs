import { test } from 'node:test'
import assert from 'node:assert/strict'
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

test('a transport writes to a store that is open, and leaves it open', async (t) => {
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

test('a transport that cannot write tells its logger', async (t) => {
  const transport = new SeerflowTransport({ path: '/proc/none/x.db' })
  const logger = winston.createLogger({ transports: [transport] })
  logger.info('nowhere')
  const [error] = await once(logger, 'error')
  assert.equal(error.code, 'not_found')
})
