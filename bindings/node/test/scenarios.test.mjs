// The scenarios in tests/scenarios, which every binding runs.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

import { entityId } from '../lib/index.mjs'
import { all, fresh } from './support/folder.mjs'

const folder = new URL('../../../tests/scenarios/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

test('there are scenarios', () => assert.ok(files.length >= 5))

for (const file of files) {
  const scenario = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  test(`${file}: ${scenario.name}`, async (t) => {
    const runner = new Runner(await fresh(t, { config: scenario.config }))
    for (const [index, step] of scenario.steps.entries()) {
      const where = `step ${index}, ${step.do}`
      if (step.fails) {
        await assert.rejects(async () => runner.run(step), (error) => {
          assert.deepEqual({ code: error.code, retriable: error.retriable }, step.fails, `${where}: ${error.message}`)
          return true
        }, where)
      } else {
        const answer = await runner.run(step)
        if (step.expect !== undefined) match(answer, step.expect, where)
      }
    }
  })
}

/** Compares by the rules of tests/scenarios/README.md. */
function match (actual, expected, where) {
  if (expected === null) return assert.equal(actual ?? null, null, where)
  if (expected === '*') return assert.notEqual(actual ?? null, null, where)
  if (Array.isArray(expected)) {
    assert.equal(actual.length, expected.length, `${where}: the length`)
    expected.forEach((item, index) => match(actual[index], item, `${where}[${index}]`))
  } else if (typeof expected === 'object') {
    for (const key in expected) match(actual[key], expected[key], `${where}.${key}`)
  } else {
    const isNumber = typeof actual === 'bigint' || typeof actual === 'number'
    assert.deepEqual(typeof expected === 'string' && isNumber ? String(actual) : actual, expected, where)
  }
}

const times = (record, keys) => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, keys.includes(key) ? BigInt(value) : value]))

class Runner {
  #store
  #cursor
  #saved

  constructor (store) {
    this.#store = store
  }

  run (step) {
    return this[step.do](step)
  }

  write ({ format, data, options = {} }) {
    return this.#store.write(data, {
      format,
      durable: options.durable,
      withdraw: options.withdraw,
      recordKeyField: options.record_key_field,
      complete: options.complete,
      keepRaw: options.keep_raw,
      firstIndex: options.first_index,
      batchKey: options.batch_key,
      tag: options.tag,
      sourceType: options.source_type,
      sourceId: options.source_id,
      timezone: options.timezone,
      timeout: options.timeout_ms
    })
  }

  /** Writes a stream in pieces, as a caller does: bytes that a call does not consume come before the next piece. */
  async write_pieces ({ data, piece, options, ...step }) {
    let [pending, accepted, rejected] = ['', 0, []]
    for (let start = 0; start < data.length; start += piece) {
      pending += data.slice(start, start + piece)
      const complete = start + piece >= data.length
      const written = await this.write({ ...step, data: pending, options: { ...options, complete, first_index: accepted + rejected.length } })
      pending = pending.slice(written.consumed)
      accepted += written.accepted
      rejected.push(...written.rejected)
    }
    return { accepted, rejected }
  }

  flush () {
    return this.#store.flush()
  }

  async query ({ query }) {
    const { events, total, nextCursor } = await this.#store.queryPage(this.#queryOf(query))
    this.#cursor = nextCursor
    return { events, total, more: nextCursor !== undefined }
  }

  async timeline ({ query }) {
    const { entity, ...rest } = this.#queryOf(query)
    return { events: await all(this.#store.timeline(entity, rest)) }
  }

  histogram ({ from_ns: from, to_ns: to, bucket_ns: bucket }) {
    return this.#store.histogram({ from: BigInt(from), to: BigInt(to), bucket: BigInt(bucket) })
  }

  count_by ({ by, from_ns: from, to_ns: to, limit }) {
    return this.#store.countBy(by, { from: BigInt(from), to: BigInt(to), limit })
  }

  dead_letters ({ limit }) {
    return all(this.#store.deadLetters({ limit }))
  }

  entity_id ({ type, value }) {
    return entityId(type, value)
  }

  write_alerts ({ alerts }) {
    return this.#store.alerts.write(alerts.map((alert) => times(alert, ['timestamp_ns'])))
  }

  alerts ({ query }) {
    const { type, min_severity: minSeverity, technique, limit } = query
    return this.#store.alerts.queryPage({ type, minSeverity, technique, limit })
  }

  judge ({ alert_id: alertId, verdict, note }) {
    return this.#store.alerts.judge(alertId, verdict, { note })
  }

  verdict_counts () {
    return this.#store.alerts.verdictCounts()
  }

  async save_model ({ key, data, expected_ns: expected }) {
    const time = expected === undefined ? undefined : expected === 'last' ? this.#saved : BigInt(expected)
    this.#saved = await this.#store.models.save(key, Buffer.from(data), { expected: time })
    return this.#saved
  }

  async load_model ({ key }) {
    const { data } = await this.#store.models.load(key)
    return { data: data.toString() }
  }

  enable_rule ({ rule_id: ruleId, enabled }) {
    return this.#store.sigmaRules.enable(ruleId, enabled)
  }

  add_matches ({ matches }) {
    return this.#store.sigmaRules.writeMatches(matches.map((match) => times(match, ['last_fired_ns'])))
  }

  rules () {
    return this.#store.sigmaRules.list()
  }

  upsert_edges ({ edges }) {
    return this.#store.edges.write(edges.map((edge) => times(edge, ['first_seen_ns', 'last_seen_ns'])))
  }

  related ({ entity }) {
    return this.#store.graph.related(entity)
  }

  health () {
    return this.#store.health()
  }

  async close () {
    await this.#store.close()
    return { lost: 0 }
  }

  #queryOf (query) {
    return {
      from: query.from_ns && BigInt(query.from_ns),
      to: query.to_ns && BigInt(query.to_ns),
      sourceType: query.source_type,
      sourceId: query.source_id,
      minSeverity: query.min_severity,
      templateId: query.template_id,
      entity: query.entity,
      text: query.text,
      limit: query.limit,
      page: query.page,
      order: query.order,
      total: query.total,
      cursor: query.cursor === 'next' ? this.#cursor : query.cursor
    }
  }
}
