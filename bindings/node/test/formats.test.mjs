// Bytes of every format become events.
import { test } from 'node:test'
import assert from 'node:assert/strict'

import { all, fresh } from './support/folder.mjs'

const SECOND = 1773536523
const NS = 1773536523004000000n

/** A protobuf field that contains bytes. */
const field = (number, ...parts) => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)))
  return Buffer.concat([Buffer.from([number << 3 | 2, content.length]), content])
}

/** An ExportLogsServiceRequest of records with these messages. */
function protobuf (...messages) {
  const time = Buffer.alloc(9, 1 << 3 | 1)
  time.writeBigUInt64LE(NS, 1)
  const records = messages.map((message) => field(2, time, [2 << 3, 17], field(5, field(1, message))))
  return field(1, field(2, ...records))
}

const json = (message, uid) => JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{
  timeUnixNano: String(NS), severityNumber: 17, body: { stringValue: message }, attributes: uid === undefined ? [] : [{ key: 'log.record.uid', value: { stringValue: uid } }]
}] }] }] })

/** A record of Fluent Forward: [time, { message }]. */
function fluent (message) {
  const time = Buffer.alloc(4)
  time.writeUInt32BE(SECOND)
  return Buffer.concat([Buffer.from([0x92, 0xce]), time, Buffer.from([0x81, 0xa7]), Buffer.from('message'), Buffer.from([0xa0 + message.length]), Buffer.from(message)])
}

const given = {
  ndjson: '{"message":"one"}\n{"message":"two"}\n',
  msgpack: Buffer.concat(['one', 'two'].map((message) => Buffer.concat([Buffer.from([0x81, 0xa7]), Buffer.from('message'), Buffer.from([0xa3]), Buffer.from(message)]))),
  lines: 'one\ntwo\n',
  otlp: protobuf('one', 'two'),
  'otlp-json': json('one') + json('two'),
  fluent: Buffer.concat([fluent('one'), fluent('two')])
}

for (const [format, data] of Object.entries(given)) {
  test(format, async (t) => {
    const store = await fresh(t)
    const { accepted, rejected, consumed } = await store.write(data, { format, durable: true })
    assert.deepEqual([accepted, rejected, consumed], [2, [], data.length])
    const events = await all(store.query({ order: 'arrival' }))
    assert.deepEqual(events.map(({ message }) => message), ['one', 'two'])
    if (format.startsWith('otlp')) assert.deepEqual(events.map(({ timestamp_ns: time, severity_id: severity }) => [time, severity]), [[NS, 4], [NS, 4]])
    if (format === 'fluent') assert.equal(events[0].timestamp_ns, BigInt(SECOND) * 1_000_000_000n)
  })
}

test('an unknown format is refused, and the message lists the formats', async (t) => {
  const store = await fresh(t)
  await assert.rejects(store.write('', { format: 'otlp_json' }), { code: 'invalid', message: 'write(): format must be one of lines, ndjson, msgpack, otlp, otlp-json, fluent, not the text "otlp_json"' })
})

test('bytes that are not of the format are kept as a dead letter of that format', async (t) => {
  const store = await fresh(t)
  for (const format of ['otlp', 'otlp-json', 'fluent']) assert.equal((await store.write('\x07 what is this', { format, durable: true })).rejected.length, 1, format)
  assert.deepEqual((await all(store.deadLetters())).map(({ format }) => format).sort(), ['fluent', 'otlp', 'otlp-json'])
})

test('a record that is sent again is stored once by its log.record.uid; the tag becomes an attribute and the source type', async (t) => {
  const store = await fresh(t)
  const options = { format: 'otlp-json', durable: true }
  await store.write(json('one', 'u1'), options)
  const { committed, duplicates } = await store.write(json('one', 'u1') + json('two', 'u2'), options)
  assert.deepEqual([committed, duplicates], [1, 1])
  await store.write(fluent('three'), { format: 'fluent', tag: 'app.web', durable: true })
  const [event] = await store.search('three')
  assert.deepEqual([event.attributes.tag, event.source_type], ['app.web', 'app.web'])
})

test('a window excludes its end, in pages, counts and histograms of events and alerts', async (t) => {
  const store = await fresh(t)
  await store.write([{ timestamp_ns: NS, message: 'm', source_type: 'a' }, { timestamp_ns: NS, message: 'n', source_type: 'b' }], { durable: true })
  const [{ alert_id: id }] = await store.alerts.write({ alert_type: 'sigma', rule_name: 'r', timestamp_ns: NS, entity_type: 'ip', entity_value: '192.0.2.1' })
  await store.alerts.judge(id, 'tp', { at: NS })
  const total = (counted) => counted.reduce((sum, { count }) => sum + count, 0)
  for (const [window, is] of [[{ from: NS, to: NS + 1n }, 1], [{ from: NS }, 1], [{}, 1], [{ from: NS - 1n, to: NS }, 0], [{ from: NS + 1n }, 0]]) {
    assert.equal((await store.queryPage(window)).events.length, 2 * is)
    assert.equal(total(await store.histogram(window)), 2 * is)
    assert.equal(total(await store.countBy('source', window)), 2 * is)
    assert.equal(await store.distinct('source', window), 2 * is)
    for (const answer of [store.alerts.queryPage(window).then(({ alerts }) => alerts), store.alerts.histogram(window), store.alerts.countBy('rule', window), store.alerts.patterns(window)]) assert.equal((await answer).length, is)
  }
})

test('counts and histograms take the filters of a query', async (t) => {
  const store = await fresh(t)
  await store.write([{ timestamp_ns: NS, message: 'red fox', severity_id: 4, source_type: 'a', related_ips: ['192.0.2.1'] }, { timestamp_ns: NS, message: 'red hen', source_type: 'b' }, { timestamp_ns: NS, message: 'blue fox', severity_id: 4, source_type: 'b' }], { durable: true })
  for (const [filters, sources] of [[{ text: 'red' }, ['a', 'b']], [{ text: 'fox', minSeverity: 3 }, ['a', 'b']], [{ sourceType: 'b', minSeverity: 3 }, ['b']], [{ entity: { type: 'ip', value: '192.0.2.1' } }, ['a']]]) {
    assert.deepEqual((await store.countBy('source', filters)).map(({ value }) => value).sort(), sources)
    assert.equal(await store.distinct('source', filters), sources.length)
    assert.deepEqual((await store.histogram({ ...filters, split: 'source' })).map(({ value }) => value), sources)
  }
  await store.alerts.write([{ alert_type: 'sigma', rule_name: 'r', severity_id: 5, entity_type: 'ip', entity_value: '192.0.2.1' }, { alert_type: 'ioc', rule_name: 's', entity_type: 'ip', entity_value: '192.0.2.1' }])
  assert.deepEqual(await store.alerts.countBy('rule', { type: 'sigma' }), [{ value: 'r', count: 1 }])
  assert.deepEqual((await store.alerts.countBy('severity', { minSeverity: 2 })).map(({ count }) => count), [1])
  assert.deepEqual((await store.alerts.histogram({ type: 'ioc' })).map(({ count }) => count), [1])
})
