'use strict'

const { WAIT } = require('./context')
const { duration, idOf, member, nanoseconds } = require('./check')
const { chunksInTurns, lines, parseRecord, parseRecords } = require('./json')
const { toNdjson } = require('./json_write')
const { optionsOf } = require('./options')

const FOREVER = 2n ** 63n - 1n
const HOUR = 3_600_000_000_000n

const WINDOW = { from: 0n, to: FOREVER, ...WAIT }
const FILTERS = { from: undefined, to: undefined, type: undefined, minSeverity: undefined, entity: undefined, tactic: undefined, technique: undefined }
const QUERY = { ...FILTERS, limit: Infinity, pageSize: 500, cursor: undefined, ...WAIT }
const PAGE = { ...FILTERS, limit: 100, page: undefined, cursor: undefined, total: false, ...WAIT }

class Alerts {
  #context

  constructor (context) {
    this.#context = context
  }

  async write (alerts, options) {
    const { window, timeout, signal } = optionsOf(options, { window: undefined, ...WAIT }, 'alerts.write()')
    const data = toNdjson(alerts, 'an alert')
    const results = await this.#context.list(signal, (number) => this.#native.writeAlerts(number, data, duration(window, 'window'), timeout))
    return results.map((result) => ({ ...result, is_new: Boolean(result.is_new) }))
  }

  async * query (given) {
    const query = optionsOf(given, QUERY, 'alerts.query()')
    const ask = (number, spec) => this.#native.alerts(number, spec)
    for await (const { text } of this.#context.pages(query, specOf(query), ask)) {
      for await (const chunk of chunksInTurns(text)) {
        for (const line of lines(chunk)) yield parseRecord(line, this.#context.time)
      }
    }
  }

  async queryPage (given) {
    const query = optionsOf(given, PAGE, 'alerts.queryPage()')
    const spec = specOf(query)
    const { text, nextCursor, total } = await this.#context.call(query.signal, (number) => this.#native.alerts(number, spec))
    return { alerts: await parseRecords(text, this.#context.time), nextCursor, total }
  }

  async get (alertId, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'alerts.get()')
    const { text } = await this.#context.call(signal, (number) => this.#native.alert(number, alertId, timeout))
    const [alert] = await parseRecords(text, this.#context.time)
    return alert
  }

  async histogram (query) {
    const { from, to, bucket, timeout, signal } = optionsOf(query, { ...WINDOW, bucket: HOUR }, 'alerts.histogram()')
    return this.#context.list(signal, (number) =>
      this.#native.alertHistogram(number, nanoseconds(from, 'from'), nanoseconds(to, 'to'), duration(bucket, 'bucket'), timeout))
  }

  async countBy (by, query) {
    const { from, to, timeout, signal } = optionsOf(query, WINDOW, 'alerts.countBy()')
    const byRule = member({ rule: true, severity: false }, by, 'what alerts are counted by')
    return this.#context.list(signal, (number) => this.#native.alertsBy(number, byRule, nanoseconds(from, 'from'), nanoseconds(to, 'to'), timeout))
  }

  async patterns (query) {
    const { from, to, minCount, limit, maxAlerts, timeout, signal } = optionsOf(query, { ...WINDOW, minCount: 1, limit: 100, maxAlerts: 10 }, 'alerts.patterns()')
    return this.#context.list(signal, (number) =>
      this.#native.alertPatterns(number, nanoseconds(from, 'from'), nanoseconds(to, 'to'), minCount, limit, maxAlerts, timeout))
  }

  async judge (alertId, verdict, options) {
    const { note, origin, at, auditOnly, timeout, signal } = optionsOf(options, { note: undefined, origin: undefined, at: undefined, auditOnly: false, ...WAIT }, 'alerts.judge()')
    return this.#context.call(signal, (number) =>
      this.#native.giveFeedback(number, alertId, verdict, note, origin, nanoseconds(at, 'at'), Boolean(auditOnly), timeout))
  }

  async verdicts (query) {
    const { alertId, page, limit, timeout, signal } = optionsOf(query, { alertId: undefined, page: 1, limit: 100, ...WAIT }, 'alerts.verdicts()')
    return this.#context.list(signal, (number) => this.#native.feedback(number, alertId, page, limit, timeout))
  }

  async verdictCounts (options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'alerts.verdictCounts()')
    return this.#context.call(signal, (number) => this.#native.feedbackStats(number, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

function specOf (query) {
  return {
    from: nanoseconds(query.from, 'from'),
    to: nanoseconds(query.to, 'to'),
    type: query.type,
    minSeverity: query.minSeverity,
    entity: query.entity === undefined ? undefined : idOf(query.entity),
    tactic: query.tactic,
    technique: query.technique,
    limit: query.limit,
    page: query.page,
    cursor: query.cursor,
    total: Boolean(query.total),
    timeout: query.timeout
  }
}

module.exports = { Alerts }
