'use strict'

const { TIMEOUT } = require('./context')
const { idOf, member, nanoseconds } = require('./check')
const { lines, parseRecord, parseRecords } = require('./json')
const { toNdjson } = require('./json_write')

const FOREVER = 2n ** 63n - 1n

class Alerts {
  #context

  constructor (context) {
    this.#context = context
  }

  write (alerts, { window, timeout = TIMEOUT, signal } = {}) {
    const data = toNdjson(Array.isArray(alerts) ? alerts : [alerts])
    return this.#context.list(signal, (number) => this.#native.writeAlerts(number, data, nanoseconds(window), timeout))
      .then((results) => results.map((result) => ({ ...result, is_new: Boolean(result.is_new) })))
  }

  async * query (query = {}) {
    const ask = (number, spec) => this.#native.alerts(number, spec)
    for await (const answer of this.#context.pages(query, specOf(query), ask)) {
      for (const line of lines(answer.text)) yield parseRecord(line, this.#context.time)
    }
  }

  async queryPage (query = {}) {
    const spec = specOf(query)
    const { text, nextCursor, total } = await this.#context.call(query.signal, (number) => this.#native.alerts(number, spec))
    return { alerts: parseRecords(text, this.#context.time), nextCursor, total }
  }

  async get (alertId, { timeout = TIMEOUT, signal } = {}) {
    const { text } = await this.#context.call(signal, (number) => this.#native.alert(number, alertId, timeout))
    return parseRecords(text, this.#context.time)[0]
  }

  histogram ({ from, to, bucket = 3_600_000_000_000n, timeout = TIMEOUT, signal }) {
    return this.#context.list(signal, (number) =>
      this.#native.alertHistogram(number, nanoseconds(from), nanoseconds(to), nanoseconds(bucket), timeout))
  }

  countBy (by, { from = 0n, to = FOREVER, timeout = TIMEOUT, signal } = {}) {
    const byRule = member({ rule: true, severity: false }, by, 'what alerts are counted by')
    return this.#context.list(signal, (number) => this.#native.alertsBy(number, byRule, nanoseconds(from), nanoseconds(to), timeout))
  }

  patterns ({ from = 0n, to = FOREVER, minCount = 1, limit = 100, maxAlerts = 10, timeout = TIMEOUT, signal } = {}) {
    return this.#context.list(signal, (number) =>
      this.#native.alertPatterns(number, nanoseconds(from), nanoseconds(to), minCount, limit, maxAlerts, timeout))
  }

  judge (alertId, verdict, { note, origin, at, auditOnly = false, timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) =>
      this.#native.giveFeedback(number, alertId, verdict, note, origin, nanoseconds(at), Boolean(auditOnly), timeout))
  }

  verdicts ({ alertId, page = 1, limit = 100, timeout = TIMEOUT, signal } = {}) {
    return this.#context.list(signal, (number) => this.#native.feedback(number, alertId, page, limit, timeout))
  }

  verdictCounts ({ timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) => this.#native.feedbackStats(number, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

function specOf (query) {
  return {
    from: nanoseconds(query.from),
    to: nanoseconds(query.to),
    type: query.type,
    minSeverity: query.minSeverity,
    entity: idOf(query.entity),
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
