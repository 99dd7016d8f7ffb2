'use strict'

const { COUNT_BY, KIND, TOTAL } = require('./constants')
const { WAIT } = require('./context')
const { duration, idOf, member, nanoseconds } = require('./check')
const { parseRecords } = require('./json')
const { toNdjson } = require('./json_write')
const { optionsOf } = require('./options')

const MINUTE = 60_000_000_000n
const HOUR = 60n * MINUTE
/** The default of `window`: the longest time between two occurrences of one alert. */
const WINDOW = 15n * MINUTE

const FILTERS = { from: undefined, to: undefined, type: undefined, minSeverity: undefined, entity: undefined, tactic: undefined, technique: undefined }
const QUERY = { ...FILTERS, limit: Infinity, pageSize: 500, cursor: undefined, ...WAIT }
const PAGE = { ...FILTERS, limit: 100, page: undefined, cursor: undefined, total: false, ...WAIT }

class Alerts {
  #context

  constructor (context) {
    this.#context = context
  }

  async write (alerts, options) {
    const { window, ...wait } = optionsOf(options, { window: WINDOW, ...WAIT }, 'alerts.write()')
    const data = toNdjson(alerts, 'an alert')
    return this.#context.list('writeRecords', wait, { member: KIND.alert, data, number: duration(window, 'window'), flag: true })
  }

  async * query (given) {
    const query = optionsOf(given, QUERY, 'alerts.query()')
    yield * this.#context.records('queryAlerts', query, { ...filtersOf(query), cursor: query.cursor })
  }

  async queryPage (given) {
    const query = optionsOf(given, PAGE, 'alerts.queryPage()')
    const { limit, page, cursor } = query
    const { text, nextCursor, total } = await this.#context.call('queryAlerts', query, { ...filtersOf(query), limit, page, cursor, total: query.total ? TOTAL.exact : undefined })
    return { alerts: await parseRecords(text, this.#context.time), nextCursor, total }
  }

  async get (alertId, options) {
    return this.#context.one('alert', optionsOf(options, WAIT, 'alerts.get()'), { id: alertId })
  }

  async histogram (given) {
    const query = optionsOf(given, { ...FILTERS, bucket: HOUR, ...WAIT }, 'alerts.histogram()')
    return this.#context.list('alertHistogram', query, { ...filtersOf(query), number: duration(query.bucket, 'bucket') })
  }

  async countBy (by, given) {
    const query = optionsOf(given, { ...FILTERS, limit: 100, ...WAIT }, 'alerts.countBy()')
    const what = member({ rule: COUNT_BY.rule, severity: COUNT_BY.severity }, by, 'alerts.countBy(): by')
    return this.#context.list('countAlerts', query, { ...filtersOf(query), limit: query.limit, member: what })
  }

  async patterns (given) {
    const query = optionsOf(given, { ...FILTERS, minCount: 1, limit: 100, maxAlerts: 10, ...WAIT }, 'alerts.patterns()')
    const { minCount, limit, maxAlerts } = query
    return this.#context.list('alertPatterns', query, { ...filtersOf(query), minCount, limit, maxAlerts })
  }

  async judge (alertId, verdict, options) {
    const { note, origin, at, auditOnly, ...wait } = optionsOf(options, { note: undefined, origin: undefined, at: undefined, auditOnly: false, ...WAIT }, 'alerts.judge()')
    return this.#context.call(auditOnly ? 'appendFeedback' : 'updateFeedback', wait, { id: alertId, target: verdict, note, origin, time: nanoseconds(at, 'at') })
  }

  async verdicts (query) {
    const { alertId, page, limit, ...wait } = optionsOf(query, { alertId: undefined, page: 1, limit: 100, ...WAIT }, 'alerts.verdicts()')
    return this.#context.list('queryFeedback', wait, { alertId, page, limit })
  }

  async verdictCounts (options) {
    return this.#context.call('feedbackStats', optionsOf(options, WAIT, 'alerts.verdictCounts()'))
  }
}

/** Converts the filters of a query to the form that the addon takes. */
function filtersOf ({ from, to, type, minSeverity, entity, tactic, technique }) {
  return {
    from: nanoseconds(from, 'from'),
    to: nanoseconds(to, 'to'),
    type,
    minSeverity,
    entity: entity === undefined ? undefined : idOf(entity),
    tactic,
    technique
  }
}

module.exports = { Alerts }
