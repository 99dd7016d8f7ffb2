// Values, errors and the life of a store, beyond the scenarios.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { configOptions, entityId, nanoseconds, open, SeerflowError, Store, version } from '../lib/index.mjs'
import { all, folder, fresh } from './support/folder.mjs'

const refuses = (promise, code, message) => assert.rejects(promise, (error) => {
  assert.ok(error instanceof SeerflowError && error instanceof Error)
  assert.equal(error.name, 'SeerflowError')
  assert.equal(error.code, code, error.message)
  if (message) assert.match(error.message, message)
  return true
})

test('values of every type are read back unchanged', async (t) => {
  const store = await fresh(t)
  const attributes = {
    text: 'späße 🎉 \ud800 \0', long: 'x'.repeat(70_000), empty: '', zero: 0, minus: -1, minusZero: -0, small: 127, byte: 128, word: 65536, large: 2 ** 40, huge: 2n ** 62n,
    unsigned: 2n ** 64n - 1n, smallest: -(2n ** 63n), float: 1.5, tiny: 5e-324, nan: NaN, infinite: -Infinity, yes: true, no: false, nothing: null
  }
  const event = {
    event_id: '019cea80-8468-7d95-85e6-9c1966f2d9af', timestamp_ns: 1773460817000000001n, observed_ns: 1773460817000000002n, severity_id: 4, otel_severity: 17,
    message: 'm', related_ips: ['192.0.2.1', '2001:db8::1'], tags: [], risk_score: 99.5, resource_attrs: { 'service.name': 'shop' }, attributes,
    left: undefined, out () {}, other: 'an attribute'
  }
  await store.write(event, { durable: true })
  const [read] = await all(store.query())
  assert.equal(read.timestamp_ns, 1773460817000000001n)
  assert.equal(read.observed_ns, 1773460817000000002n)
  assert.deepEqual([read.event_id, read.severity_id, read.otel_severity, read.risk_score], [event.event_id, 4, 17, 99.5])
  assert.deepEqual(read.related_ips, event.related_ips)
  assert.deepEqual(read.resource_attrs, event.resource_attrs)
  const { text, minusZero, other, ...same } = read.attributes
  assert.equal(text, 'späße 🎉 \ufffd \0')
  assert.ok(Object.is(minusZero, -0) || minusZero === 0)
  assert.equal(other, 'an attribute')
  const { text: _, minusZero: __, ...given } = attributes
  assert.deepEqual(same, given)
})

test('data that looks like the library\'s own encoding is read back unchanged', async (t) => {
  const store = await fresh(t)
  const message = 'a {"$int":"1"} "timestamp_ns":12345678901234567890 \\"'
  const attributes = { 'x_ns': 1234567890123456789n, text: '{"$int":"7"}', number: '12345678901234567890', quotes: '\\\\"12345678901234567,' }
  await store.write([{ message, attributes }], { durable: true })
  const [read] = await all(store.query())
  assert.equal(read.message, message)
  assert.deepEqual(read.attributes, attributes)
})

test('bytes are copied before write returns', async (t) => {
  const store = await fresh(t)
  const line = Buffer.from('{"message":"mine"}\n')
  const written = store.write(line)
  line.fill('x')
  structuredClone(line.buffer.byteLength === line.length ? line.buffer : new ArrayBuffer(1))
  await written
  await store.flush()
  assert.equal((await store.search('mine')).length, 1)
  // A view into a larger buffer, and an ArrayBuffer.
  const large = Buffer.from('....{"message":"view"}\n....')
  await store.write(large.subarray(4, -4))
  await store.write(new TextEncoder().encode('{"message":"array"}').buffer, { durable: true })
  assert.deepEqual((await all(store.query({ order: 'arrival' }))).map((event) => event.message), ['mine', 'view', 'array'])
})

test('writes are executed in order, awaited or not', async (t) => {
  const store = await fresh(t)
  const writes = []
  for (let i = 0; i < 300; i++) writes.push(store.write({ message: `${i}` }, { durable: i % 3 === 0 }))
  await Promise.all(writes)
  await store.flush()
  assert.deepEqual((await all(store.query({ order: 'arrival', pageSize: 7 }))).map((event) => Number(event.message)), writes.map((_, i) => i))
})

test('concurrent durable writes share commits', async (t) => {
  const store = await fresh(t)
  const before = store.stats().commits
  await Promise.all(Array.from({ length: 200 }, (_, i) => store.write({ message: `${i}` }, { durable: true })))
  // The counters may be updated after the results.
  await store.flush()
  const { commits, committed } = store.stats()
  assert.equal(committed, 200)
  assert.ok(commits - before < 100, `${commits - before} commits`)
})

test('a write to a full queue fails with again and `consumed`', async (t) => {
  const store = await fresh(t, { config: { 'storage.queue_events': 1024, 'storage.flush_interval_ms': 3_600_000, 'storage.flush_events': 1_000_000 } })
  const events = Array.from({ length: 3000 }, (_, i) => ({ message: `${i}` }))
  // The caller continues after the consumed part.
  const came = []
  for (let at = 0; at < events.length;) {
    await store.write(events.slice(at), { timeout: 50 }).then(
      ({ consumed }) => came.push(consumed),
      (error) => {
        assert.deepEqual([error.code, error.retriable], ['again', true])
        came.push(error.consumed)
      })
    at += came.at(-1)
    await store.flush()
  }
  assert.deepEqual(came, [1024, 1024, 952])
  assert.deepEqual((await all(store.query({ order: 'arrival' }))).map((event) => Number(event.message)), events.map((_, i) => i))
})

test('invalid calls are refused, and nothing is written', async (t) => {
  const store = await fresh(t)
  await refuses(store.write(5), 'invalid')
  await refuses(store.write([{}], { format: 'ndjson' }), 'invalid')
  await refuses(store.write('{}', { format: 'xml' }), 'invalid')
  await refuses(store.write('{}', { timezone: 7 }), 'invalid')
  await refuses(store.write('{}', { firstIndex: 0.5 }), 'invalid')
  for (const query of [{ order: 'up' }, { limit: -1 }, { limit: 1.5 }, { limit: 2 ** 40 }, { from: 'yesterday' }, { from: new Date(NaN) }, { text: 5 }, { entity: 'x' }, { entity: { type: 'ip', value: 'x' } }, { total: 'capped' }, { minSeverity: 7 }]) {
    await assert.rejects(async () => store.queryPage(query), SeerflowError, JSON.stringify(query))
  }
  await refuses(store.event('01a210d4-bc34-75d6-9980-1f834d60299b'), 'not_found')
  assert.equal((await store.summary()).events, 0)
  await assert.rejects(open(null), SeerflowError)
  await refuses(open({ config: { 'storage.nothing': 1 } }), 'config', /storage\.nothing/)
  await refuses(open({ path: '/proc/none/x.db' }), 'not_found')
  await refuses(open({ path: join(folder(t), 'x.db'), timestamps: 'text' }), 'invalid')
  assert.throws(() => new Store.prototype.constructor(3), SeerflowError)
})

test('a signal ends a query, a write and a wait', async (t) => {
  const store = await fresh(t, { config: { 'storage.queue_events': 10, 'storage.flush_interval_ms': 3_600_000, 'storage.flush_events': 1_000_000 } })
  await store.write(Array.from({ length: 10 }, (_, i) => ({ message: `${i}` })))
  const reason = new Error('enough')
  for (const begin of [
    (signal) => store.write([{ message: 'no room' }], { timeout: -1, signal }),
    (signal) => store.queryPage({ signal })
  ]) {
    await assert.rejects(begin(AbortSignal.abort(reason)), (error) => error.code === 'interrupted' && error.cause === reason)
  }
  const controller = new AbortController()
  const waiting = store.write([{ message: 'no room' }], { timeout: -1, signal: controller.signal })
  setTimeout(() => controller.abort(reason), 20)
  await assert.rejects(waiting, (error) => error.code === 'interrupted' && error.cause === reason)
  await assert.rejects(all(store.query({ signal: AbortSignal.abort() })), { code: 'interrupted' })
})

test('an abort inside a loop ends the loop at once', async (t) => {
  const store = await fresh(t)
  await store.write(Array.from({ length: 1000 }, (_, i) => ({ message: `${i}` })), { durable: true })
  const { lastCursor: after } = await store.queryPage({ order: 'arrival', limit: 1 })
  let seen = 0
  async function abortAtFirst (begin) {
    const controller = new AbortController()
    seen = 0
    for await (const item of begin(controller.signal)) {
      assert.ok(item)
      seen++
      controller.abort('enough')
    }
  }
  for (const begin of [(signal) => store.query({ signal }), (signal) => store.queryNdjson({ signal, pageSize: 100 })]) {
    await assert.rejects(abortAtFirst(begin), (error) => error.code === 'interrupted' && error.cause === 'enough')
    assert.equal(seen, 1)
  }
  // A loop that follows ends without an error.
  await abortAtFirst((signal) => store.follow({ after, signal }))
  assert.equal(seen, 1)
})

test('a store that may only read refuses writes, and one that must exist is not created', async (t) => {
  const path = join(folder(t), 'events.db')
  await refuses(open({ path, mustExist: true }), 'not_found', /events\.db/)
  await refuses(open({ path, mustExist: true, readOnly: true }), 'not_found')
  assert.equal(existsSync(path), false)
  const store = await open({ path })
  t.after(() => store.close())
  await store.write({ message: 'm' }, { durable: true })
  const reader = await open({ path, readOnly: true, mustExist: true })
  t.after(() => reader.close())
  assert.equal((await reader.search('m')).length, 1)
  await refuses(reader.write({ message: 'n' }), 'permission', /read_only/)
  await refuses(reader.models.save('key', 'data'), 'permission')
})

test('shared stores of one database have one queue, until the last one is closed', async (t) => {
  const path = join(folder(t), 'events.db')
  const config = { 'storage.flush_interval_ms': 3_600_000, 'storage.flush_events': 1_000_000 }
  const [one, two] = [await open({ path, config, shared: true }), await open({ path, config, shared: true })]
  await one.write({ message: 'm' })
  assert.equal(two.stats().accepted, 1)
  await refuses(open({ path, shared: true }), 'config', /flush_/)
  await one.close()
  assert.deepEqual([one.health().state, two.health().state, two.health().queue_events], ['closed', 'ok', 1])
  await refuses(one.write({ message: 'late' }), 'closed')
  await two.close()
  const store = await open({ path })
  t.after(() => store.close())
  assert.equal((await store.search('m')).length, 1)
})

test('a durable write that cannot be committed times out, can be interrupted, and is committed later', async (t) => {
  const store = await fresh(t)
  await store.write({ message: 'before' }, { durable: true })
  // Another process holds the database's write lock.
  const { spawn } = await import('node:child_process')
  const holder = spawn('python3', ['-c', `
import sqlite3, sys
c = sqlite3.connect(${JSON.stringify(store.path)}, isolation_level=None)
c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()`], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  const write = { message: 'kept' }
  await refuses(store.write(write, { durable: true, timeout: 100 }), 'timeout')
  const controller = new AbortController()
  const interrupted = store.write(write, { durable: true, timeout: -1, signal: controller.signal })
  setTimeout(() => controller.abort(), 50)
  await refuses(interrupted, 'interrupted', /are still in the queue/)
  const ended = new Promise((resolve) => holder.once('exit', resolve))
  holder.stdin.end()
  await ended
  await store.flush()
  assert.equal((await store.search('kept')).length, 2)
})

test('times are BigInts, or numbers if the store was opened so', async (t) => {
  const store = await fresh(t)
  await store.write({ message: 'm', timestamp_ns: nanoseconds(new Date('2026-03-15T00:00:00Z')) }, { durable: true })
  const number = await open({ path: store.path, timestamps: 'number' })
  t.after(() => number.close())
  const [[big], [small]] = [await store.search('m'), await number.search('m')]
  assert.equal(big.timestamp_ns, 1773532800000000000n)
  assert.equal(small.timestamp_ns, 1773532800000000000)
  const [bucket] = await number.histogram({ from: new Date('2026-03-15'), to: new Date('2026-03-16') })
  assert.equal(typeof bucket.start_ns, 'number')
  const summary = await number.summary()
  assert.equal(summary.oldest_ns, 1773532800000000000)
  assert.equal((await all(store.query({ from: new Date('2026-03-15'), to: 1773532800000000001n }))).length, 1)
})

test('pages are fetched one by one, and a loop that ends early fetches no more', async (t) => {
  const store = await fresh(t)
  await store.write(Array.from({ length: 100 }, (_, i) => ({ message: `${i}` })), { durable: true })
  const before = store.stats().queries
  for await (const event of store.query({ pageSize: 10, order: 'arrival' })) if (event.message === '15') break
  assert.equal(store.stats().queries - before, 2)
  assert.equal((await all(store.query({ pageSize: 10, limit: 25 }))).length, 25)
  const buffers = await all(store.queryNdjson({ pageSize: 40, order: 'arrival' }))
  assert.equal(buffers.length, 3)
  assert.ok(buffers.every((buffer) => Buffer.isBuffer(buffer)))
  const messages = Buffer.concat(buffers).toString().trim().split('\n').map((line) => JSON.parse(line).message)
  assert.deepEqual(messages, Array.from({ length: 100 }, (_, i) => `${i}`))
})

test('follow returns events as they arrive, from this store and another', async (t) => {
  const store = await fresh(t)
  await store.write({ message: 'old' }, { durable: true })
  const other = await open({ path: store.path })
  t.after(() => other.close())
  const controller = new AbortController()
  const seen = []
  const following = (async () => {
    for await (const event of store.follow({ interval: 10, minSeverity: 3, signal: controller.signal })) {
      seen.push(event.message)
      if (seen.length === 3) controller.abort()
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await store.write([{ message: 'a', severity_id: 3 }, { message: 'too mild' }, { message: 'b', severity_id: 4 }], { durable: true })
  await other.write([{ message: 'c', severity_id: 5 }], { durable: true })
  await following
  assert.deepEqual(seen, ['a', 'b', 'c'])
})

test('a store logs, and reports its health', async (t) => {
  const records = []
  const store = await fresh(t, { log: (level, text) => records.push([level, text]) })
  assert.deepEqual(store.health(), {
    state: 'ok', reason: undefined, lastError: undefined,
    queue_events: 0, queue_events_limit: 100_000, queue_bytes: 0, queue_bytes_limit: 67_108_864
  })
  assert.match(store.metrics(), /^seerflow_queue_limit_events\{backend="sqlite",database="[^"]*"\} 100000$/m)
  await store.close()
  await new Promise(setImmediate)
  assert.deepEqual(records.map(([level]) => level), ['info', 'info'])
  assert.match(records[0][1], /^opened /)
  assert.equal(store.health().state, 'closed')
})

test('maintenance', async (t) => {
  const store = await fresh(t)
  const path = join(folder(t), 'copy.db')
  await store.write(Array.from({ length: 50 }, (_, i) => ({ message: `${i}`, timestamp_ns: 1_700_000_000_000_000_000n + BigInt(i) })), { durable: true })
  await store.backup(path)
  await store.checkpoint()
  assert.deepEqual(await store.check({ text: true }), [])
  const copy = await open({ path })
  t.after(() => copy.close())
  assert.equal((await copy.summary()).events, 50)
  assert.equal((await store.prune({ before: 1_700_000_000_000_000_010n })).events, 10)
  await assert.rejects(store.backup(path), { code: 'invalid' })
})

test('templates', async (t) => {
  const store = await fresh(t)
  const template = { template_id: 1, template_str: 'Failed <*>', first_seen_ns: 1n, last_seen_ns: 1773532800000000000n, event_count: 3, example_message: 'Failed x' }
  await store.templates.write([template, { ...template, template_id: 2, event_count: 1 }])
  await store.templates.write(template)
  assert.deepEqual((await store.templates.list()).map(({ template_id: id, event_count: count, last_seen_ns: last }) => [id, count, last]), [[1, 6, 1773532800000000000n], [2, 1, 1773532800000000000n]])
  assert.equal(await store.templates.prune(2), 1)
  assert.equal(await store.templates.reset(), 1)
})

test('entities of events, and all edges', async (t) => {
  const store = await fresh(t)
  await store.write({ event_id: '019cea80-8468-7d95-85e6-9c1966f2d9af', message: 'm', related_ips: ['192.0.2.1'], related_users: ['root'] }, { durable: true })
  const entities = await store.entities.of('019cea80-8468-7d95-85e6-9c1966f2d9af')
  assert.deepEqual(entities.map(({ entity_type: type, value }) => `${type}:${value}`).sort(), ['ip:192.0.2.1', 'user:root'])
  assert.deepEqual(await store.entities.describe({ type: 'ip', value: '192.0.2.1' }), entities.find((entity) => entity.entity_type === 'ip'))
  const [source, target] = entities.map(({ entity }) => entity)
  const edge = { source_id: source, target_id: target, rel_type: 'seen_with', first_seen_ns: 1n, last_seen_ns: 1773532800000000000n, event_count: 1 }
  await store.edges.write(Array.from({ length: 30 }, (_, i) => ({ ...edge, rel_type: `r${i}` })))
  const edges = await all(store.edges.all({ pageSize: 7 }))
  assert.equal(edges.length, 30)
  assert.deepEqual(edges[0], { ...edge, rel_type: 'r0' })
  assert.equal(await store.edges.prune(1773532800000000001n), 30)
})

test('the graph', async (t) => {
  const store = await fresh(t)
  const [a, b, c, d] = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((value) => entityId('ip', value))
  const edge = (source, target, rel) => ({ source_id: source, target_id: target, rel_type: rel, first_seen_ns: 1773460800000000001n, last_seen_ns: 1773460800000000001n, event_count: 1 })
  await store.edges.write([edge(a, b, 'connects'), edge(b, c, 'connects'), edge(c, d, 'owns')])
  assert.deepEqual(await store.graph.counts(), { vertices: 4, edges: 3 })
  assert.deepEqual((await store.graph.neighbours({ type: 'ip', value: '192.0.2.1' }, { depth: 2 })).map(({ entity, distance }) => [entity, distance]), [[b, 1], [c, 2]])
  assert.deepEqual((await store.graph.neighbours(c, { relations: ['owns'] })).map(({ entity }) => entity), [d])
  assert.deepEqual((await store.graph.path(a, d)).map(({ entity }) => entity), [a, b, c, d])
  const { nodes, edges } = await store.graph.subgraph(b)
  assert.deepEqual([nodes.length, edges.length, edges[0].first_seen_ns], [3, 2, 1773460800000000001n])
  assert.deepEqual((await store.graph.related(c)).map(({ rel_type: rel }) => rel).sort(), ['connects', 'owns'])
  assert.equal((await store.graph.top('pagerank', { limit: 2 })).length, 2)
  await refuses(store.graph.top('beauty'), 'invalid')
  await store.graph.check()
})

test('names and options', () => {
  assert.match(version, /^\d+\.\d+\.\d+(-rc\.\d+)?$/)
  const option = configOptions().find(({ key }) => key === 'storage.flush_interval_ms')
  assert.equal(option.default, '100')
  assert.match(option.doc, /\.$/)
})

test('await using closes', { skip: Symbol.asyncDispose ? false : 'this Node has no Symbol.asyncDispose' }, async (t) => {
  const store = await fresh(t)
  await store.write({ message: 'm' })
  await store[Symbol.asyncDispose]()
  assert.equal(store.health().state, 'closed')
})
