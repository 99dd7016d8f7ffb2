// The event loop is never blocked, and libuv's pool is not used.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { measureDelay, spell } from './support/delay.mjs'
import { folder, fresh } from './support/folder.mjs'

const batch = (size) => Array.from({ length: size }, (_, i) => ({
  message: `Failed password for root from 192.0.2.${i % 250} port ${i}`, source_type: 'sshd', related_ips: [`192.0.2.${i % 250}`], related_users: ['root']
}))

test('the event loop runs while batches are written and read', async (t) => {
  const store = await fresh(t)
  const events = batch(1000)
  const delay = await measureDelay(async () => {
    for (let i = 0; i < 50; i++) await store.write(events, { durable: i % 5 === 4 })
    let count = 0
    for await (const event of store.query({ pageSize: 1000 })) count += event.message.length > 0
    assert.equal(count, 50_000)
  })
  t.diagnostic(spell(delay))
  assert.ok(delay.turn < 50, spell(delay))
})

test('the event loop runs during a page of 100,000 events and a write of 200,000', { timeout: 120_000 }, async (t) => {
  const store = await fresh(t, { config: { 'storage.page_bytes': 64 * 1024 * 1024 } })
  const events = batch(200_000)
  for (const [name, work] of Object.entries({
    write: async () => assert.deepEqual(await store.write(events), { accepted: 200_000, rejected: [], consumed: 200_000, unkeyed: 0, unparsedTimes: 0 }),
    queryPage: async () => assert.equal((await store.queryPage({ limit: 100_000 })).events.length, 100_000),
    query: async () => {
      let count = 0
      for await (const event of store.query({ pageSize: 100_000, limit: 100_000 })) count += event.message.length > 0
      assert.equal(count, 100_000)
    }
  })) {
    const delay = await measureDelay(work)
    t.diagnostic(`${name}: ${spell(delay)}`)
    // In one piece this takes more than 300 ms. Garbage collection takes time too.
    assert.ok(delay.turn < 100, `${name}: ${spell(delay)}`)
    if (name === 'write') await store.flush()
  }
})

test('a large write stays in order, and keeps its indexes and its batch key', async (t) => {
  const store = await fresh(t)
  const events = Array.from({ length: 7000 }, (_, i) => i === 5000 ? { big: 2n ** 70n } : { message: `${i}`, timestamp_ns: 1773460800000000000n })
  const line = Buffer.from('{"message":"between"}')
  const writes = [
    store.write({ message: 'before' }), store.write(events, { batchKey: 'k', firstIndex: 10, durable: true }), store.write(line), store.write(events.slice(0, 4500), { durable: true }),
    store.write([{ message: 'after' }], { durable: true })
  ]
  line.fill(0)
  events.length = 0
  const flushed = store.flush()
  const results = await Promise.all(writes)
  await flushed
  assert.deepEqual(results[1].rejected, [{ index: 5010, reason: 'a BigInt has more than 64 bits' }])
  assert.deepEqual(results.map(({ accepted, consumed }) => [accepted, consumed]), [[1, 1], [6999, 7000], [1, 21], [4500, 4500], [1, 1]])
  const messages = []
  for await (const { message } of store.query({ order: 'arrival' })) messages.push(message)
  const numbers = Array.from({ length: 7000 }, (_, i) => `${i}`)
  assert.deepEqual(messages, ['before', ...numbers.filter((n) => n !== '5000'), 'between', ...numbers.slice(0, 4500), 'after'])
  const again = await store.write(numbers.map((message, i) => i === 5000 ? { big: 2n ** 70n } : { message, timestamp_ns: 1773460800000000000n }), { batchKey: 'k', firstIndex: 10, durable: true })
  assert.equal(again.duplicates, 6999)
})

test('a large write with no room fails with `consumed`; a close after one stores all of its events', async (t) => {
  const store = await fresh(t, { config: { 'storage.queue_events': 3000, 'storage.flush_interval_ms': 3_600_000, 'storage.flush_events': 1_000_000 } })
  const events = Array.from({ length: 9000 }, (_, i) => ({ message: `${i}` }))
  await assert.rejects(store.write(events, { timeout: 300 }), ({ code, consumed }) => code === 'again' && consumed >= 2000 && consumed === store.stats().accepted)
  await store.flush()
  const [large, small] = [store.write(events, { timeout: -1 }), store.write({ message: 'behind it' })]
  const closed = store.close()
  await assert.rejects(store.write({ message: 'late' }), { code: 'closed' })
  assert.equal((await large).accepted, 9000)
  assert.equal((await small).accepted, 1)
  assert.equal(await closed, undefined)
})

test('waiting writes do not block the event loop, queries or libuv\'s pool', () => {
  // libuv's pool has one thread here, so a single call that waited there would stop every file operation.
  const script = fileURLToPath(new URL('support/pool.mjs', import.meta.url))
  const run = spawnSync(process.execPath, [script], { env: { ...process.env, UV_THREADPOOL_SIZE: '1' }, encoding: 'utf8', timeout: 60_000 })
  assert.equal(run.status, 0, run.stdout + run.stderr)
})

test('running calls keep the process alive, an open store does not', (t) => {
  const home = folder(t)
  const script = `
    import { open } from ${JSON.stringify(new URL('../lib/index.mjs', import.meta.url).href)}
    const store = await open({ path: process.argv[1] })
    if (process.argv[2]) store.write({ message: 'm' }, { durable: true }).then(() => process.stdout.write('written'))`
  for (const [argument, expected] of [['', ''], ['write', 'written']]) {
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script, join(home, 'events.db'), argument].filter(Boolean), { encoding: 'utf8', timeout: 30_000 })
    assert.deepEqual([run.status, run.stdout, run.stderr], [0, expected, ''])
  }
})
