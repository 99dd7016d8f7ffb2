// How values, valid and invalid, are stored and read back.
import { test } from 'node:test'
import assert from 'node:assert/strict'

import { open } from '../lib/index.mjs'
import { all, fresh } from './support/folder.mjs'

test('events that write events while they are encoded are stored completely, and so are the others', async (t) => {
  const store = await fresh(t)
  const inner = []
  const nested = (n) => ({ toJSON () { inner.push(store.write(Array.from({ length: 50 }, () => ({ message: `inner ${n} ${'x'.repeat(3000)}` })))); return `outer ${n}` } })
  const events = Array.from({ length: 20 }, (_, n) => ({ message: nested(n), attributes: { n, get late () { inner.push(store.write({ message: `getter ${n}` })); return n } } }))
  const { accepted, rejected } = await store.write(events)
  await Promise.all(inner)
  await store.flush()
  assert.deepEqual([accepted, rejected], [20, []])
  const messages = (await all(store.query())).map(({ message }) => message.trim().split(' ').slice(0, 2).join(' '))
  for (let n = 0; n < 20; n++) {
    assert.equal(messages.filter((message) => message === `outer ${n}`).length, 1)
    assert.equal(messages.filter((message) => message === `inner ${n}`).length, 50)
  }
})

test('a bad record is rejected with its index and reason and stored as a dead letter; the others are stored', async (t) => {
  const store = await fresh(t)
  const circle = {}
  circle.self = circle
  const thrower = { get message () { throw new Error('no message today') } }
  const records = [{ message: 'a' }, { big: 2n ** 70n, name: 'a mark' }, { message: 'b' }, { attributes: { circle } }, 5, null, Promise.resolve(), thrower, { message: 'late', timestamp_ns: Date.now() }, { message: 'c' }]
  const { accepted, rejected, consumed } = await store.write(records, { durable: true, firstIndex: 100 })
  assert.deepEqual([accepted, consumed], [3, 10])
  assert.deepEqual(rejected.map(({ index }) => index - 100), [1, 3, 4, 5, 6, 7, 8])
  const wanted = [/64 bits/, /refers to itself/, /not 5$/, /not null$/, /not a Promise$/, /no message today/, /timestamp_ns .* pass a Date/]
  rejected.forEach(({ reason }, i) => assert.match(reason, wanted[i]))
  assert.deepEqual((await all(store.query({ order: 'arrival' }))).map(({ message }) => message), ['a', 'b', 'c'])
  const letters = await all(store.deadLetters({ pageSize: 3 }))
  assert.equal(letters.length, 7)
  assert.ok(wanted.every((reason) => letters.some((letter) => reason.test(letter.reason))))
  assert.ok(letters.some(({ payload }) => payload.includes('a mark')))
})

test('an argument that is not an event is named in the message, and nothing is written', async (t) => {
  const store = await fresh(t)
  const given = [[Promise.resolve({}), 'a Promise'], [new Set([{}]), 'a Set'], [new Map(), 'a Map'], [new TypeError('x'), 'a TypeError'], [process.stdin, process.stdin.constructor.name], [new Date(), 'a Date'], [5, '5'], [null, 'null'], [undefined, 'undefined'], [() => ({}), 'a function']]
  for (const [data, name] of given) {
    await assert.rejects(store.write(data), (error) => error.code === 'invalid' && error.message.startsWith('write() takes') && error.message.endsWith(name), name)
  }
  assert.equal(store.stats().accepted + store.stats().rejected, 0)
})

test('errors, sets, maps and bytes are encoded', async (t) => {
  const store = await fresh(t)
  class Refused extends Error { status = 403 }
  const error = new Refused('boom', { cause: new TypeError('deep') })
  await store.write({ message: 'm', body: { error, set: new Set([1, new Set(['x'])]), map: new Map([['k', { deep: 1 }], [7, 'n']]), buffer: new Uint8Array([1, 2]).buffer }, attributes: { err: error, set: new Set([1]) } }, { durable: true })
  const [{ body, attributes }] = await store.search('m')
  assert.deepEqual([body.error.name, body.error.message, body.error.status, body.error.cause.message], ['Error', 'boom', 403, 'deep'])
  assert.match(body.error.stack, /values\.test\.mjs/)
  assert.deepEqual([body.set, body.map, body.buffer], [[1, ['x']], { k: { deep: 1 }, 7: 'n' }, Buffer.from([1, 2])])
  assert.equal(JSON.parse(attributes.err).message, 'boom')
  assert.equal(attributes.set, '[1]')
})

test('an instance with toJSON() is written as its result', async (t) => {
  const store = await fresh(t)
  class Line { #text = 'private'; toJSON () { return { message: this.#text } } }
  await store.write([new Line(), Object.assign(Object.create({ inherited: 1 }), { message: 'plain' })], { durable: true })
  assert.deepEqual((await all(store.query({ order: 'arrival' }))).map(({ message }) => message), ['private', 'plain'])
})

test('attributes are always an object; for a repeated name the last value counts', async (t) => {
  const store = await fresh(t)
  await store.write([{ user_agent: 'a', attributes: { user_agent: 'b', other: 1 } }, { attributes: { $int: 'a key of its own', x: 1 } }, { attributes: { $int: '5' } }], { durable: true })
  const [first, second, third] = (await all(store.query({ order: 'arrival' }))).map(({ attributes }) => attributes)
  assert.equal(Object.getPrototypeOf(first), Object.prototype)
  assert.ok(['a', 'b'].includes(first.user_agent) && first.other === 1)
  assert.deepEqual(second, { $int: 'a key of its own', x: 1 })
  assert.deepEqual(third, { $int: '5' })
})

test('integers up to Number.MAX_SAFE_INTEGER are numbers', async (t) => {
  const store = await fresh(t)
  const safe = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 1_000_000_000_000_000, -1_000_000_000_000_000, 999_999_999_999_999]
  const large = [2n ** 53n, -(2n ** 53n), 9_999_999_999_999_999n]
  await store.write({ message: 'm', body: [...safe, ...large] }, { durable: true })
  assert.deepEqual((await store.search('m'))[0].body, [...safe, ...large])
})

test('every time argument may be a Date; a number in milliseconds is refused', async (t) => {
  const store = await fresh(t)
  const time = new Date('2026-03-15T01:02:03.004Z')
  const ns = 1773536523004000000n
  await store.write({ message: 'm', timestamp_ns: time, observed_ns: time, body: { timestamp_ns: time } }, { durable: true })
  const [event] = await store.search('m', { from: time, to: ns + 1n })
  assert.deepEqual([event.timestamp_ns, event.observed_ns, event.body.timestamp_ns], [ns, ns, time.toJSON()])
  await store.alerts.write({ alert_type: 'sigma', rule_name: 'r', timestamp_ns: time, entity_type: 'ip', entity_value: '192.0.2.1' })
  assert.equal((await all(store.alerts.query({ from: time, to: ns + 1n })))[0].timestamp_ns, ns)
  await store.templates.write({ template_id: 1, template_str: 't', first_seen_ns: time, last_seen_ns: time, event_count: 1 })
  assert.equal((await store.templates.list())[0].last_seen_ns, ns)
  await store.sigmaRules.writeMatches({ rule_id: 'r', count: 1, last_fired_ns: time })
  assert.equal((await store.sigmaRules.list())[0].last_fired_ns, ns)
  const millis = Date.now()
  for (const call of [() => store.queryPage({ from: millis }), () => store.histogram({ from: 0, to: millis }), () => store.alerts.queryPage({ from: millis }), () => store.prune({ before: millis }), () => store.alerts.write({ alert_type: 'sigma', rule_name: 'r', timestamp_ns: millis })]) {
    await assert.rejects(call(), (error) => error.code === 'invalid' && /(from|to|before|timestamp_ns) must be in nanoseconds .* pass a Date/.test(error.message), call.toString())
  }
  await assert.rejects(store.queryPage({ from: '2026-03-15' }), { code: 'invalid', message: /from must be a Date/ })
  assert.equal((await store.summary()).events, 1)
  // Numbers that were read can be written.
  const numbers = await open({ path: store.path, timestamps: 'number' })
  t.after(() => numbers.close())
  const [{ event_id: _, ...read }] = await numbers.search('m')
  await numbers.write(read, { durable: true })
  assert.equal((await store.search('m')).length, 2)
})

test('a record with BigInts is encoded by JSON.stringify, and is written again exactly', async (t) => {
  const store = await fresh(t)
  const attributes = { huge: 2n ** 62n, nan: NaN }
  await store.write({ message: 'm', timestamp_ns: 1773460817000000001n, body: [2n ** 63n, new Uint8Array([7])], attributes }, { durable: true })
  const [event] = await store.search('m')
  const text = JSON.stringify({ events: [event] })
  const [json] = JSON.parse(text).events
  assert.deepEqual([json.timestamp_ns, json.attributes, json.body[0]], ['1773460817000000001', { huge: String(2n ** 62n), nan: null }, String(2n ** 63n)])
  assert.deepEqual(Object.keys(event).filter((key) => key === 'toJSON'), [])
  const copy = await fresh(t)
  await copy.write(event, { durable: true })
  assert.deepEqual(await copy.event(event.event_id), event)
  await copy.write(JSON.stringify({ ...JSON.parse(JSON.stringify(event)), event_id: undefined }), { durable: true })
  assert.deepEqual((await all(copy.query())).map(({ timestamp_ns: time }) => time), [1773460817000000001n, 1773460817000000001n])
  for (const record of [await store.summary(), (await store.histogram())[0]]) assert.match(JSON.stringify(record), /"17734608\d+"/)
})

test('shared memory is copied, by a write and inside an event', async (t) => {
  const store = await fresh(t)
  const line = Buffer.from('{"message":"shared"}')
  const shared = new SharedArrayBuffer(line.length)
  const view = new Uint8Array(shared)
  view.set(line)
  for (const data of [shared, view, new DataView(shared)]) assert.equal((await store.write(data, { durable: true })).accepted, 1)
  await store.write({ message: 'inside', body: { shared, view } }, { durable: true })
  assert.equal((await store.search('shared')).length, 3)
  assert.deepEqual((await store.search('inside'))[0].body, { shared: line, view: line })
  await assert.rejects(store.write([shared]).then(({ rejected: [{ reason }] }) => { throw new Error(reason) }), /must be an object, not a SharedArrayBuffer/)
})

test('names of other loggers mean the same in an object, an array and the same text as NDJSON', async (t) => {
  const records = [
    { msg: 'pino', level: 50, time: 1773460817123, hostname: 'web1', pid: 7, name: 'shop' },
    { message: 'bunyan', level: 'warn', '@timestamp': '2026-03-15T01:47:13.5Z', host: 'web2' },
    { message: 'misspelt', sevrity: 4, timestamp: 'some day' }
  ]
  const stored = []
  for (const write of [(store) => Promise.all(records.map((record) => store.write(record, { durable: true }))), (store) => store.write(records, { durable: true }).then((result) => [result]), (store) => store.write(records.map((record) => JSON.stringify(record)).join('\n'), { durable: true }).then((result) => [result])]) {
    const store = await fresh(t)
    const results = await write(store)
    assert.equal(results.reduce((sum, { unparsedTimes }) => sum + unparsedTimes, 0), 1)
    stored.push((await all(store.query({ order: 'arrival' }))).map(({ event_id: _, observed_ns: __, timestamp_ns: time, ...event }) => ({ ...event, time: event.message === 'misspelt' ? 0n : time })))
  }
  assert.deepEqual(stored[0].map(({ severity_id: severity }) => severity), [4, 3, undefined])
  assert.deepEqual(stored[1], stored[0])
  assert.deepEqual(stored[2], stored[0])
})
