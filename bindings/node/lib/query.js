'use strict'

// Queries for events.

const { WAIT } = require('./context')
const { ORDER, TOTAL } = require('./constants')
const { idOf, member, nanoseconds } = require('./check')
const { invalid } = require('./errors')
const { chunksInTurns, parseRecords } = require('./json')
const { whenAborted } = require('./native')
const { kindOf, optionsOf } = require('./options')

const FILTERS = {
  from: undefined, to: undefined, sourceType: undefined, sourceId: undefined, minSeverity: undefined, templateId: undefined, entity: undefined, text: undefined
}
const QUERY = { ...FILTERS, order: undefined, limit: Infinity, pageSize: 500, cursor: undefined, ...WAIT }
const PAGE = { ...FILTERS, order: undefined, limit: 100, page: undefined, cursor: undefined, total: undefined, ...WAIT }
const FOLLOW = { ...FILTERS, after: undefined, interval: 250, pageSize: 500, signal: undefined }

/** Converts the filters of a query to the form that the addon takes. */
function filtersOf (query) {
  if (query.text !== undefined && typeof query.text !== 'string') throw invalid(`text must be the words to find, not ${kindOf(query.text)}`)
  return {
    from: nanoseconds(query.from, 'from'),
    to: nanoseconds(query.to, 'to'),
    sourceType: query.sourceType,
    sourceId: query.sourceId,
    minSeverity: query.minSeverity,
    templateId: query.templateId,
    entity: query.entity === undefined ? undefined : idOf(query.entity),
    text: query.text
  }
}

/** Converts a whole query to the form that the addon takes. */
function specOf (query) {
  const spec = { ...filtersOf(query), limit: query.limit, page: query.page, cursor: query.cursor }
  if (query.order !== undefined) spec.order = member(ORDER, query.order, 'order')
  if (typeof query.total === 'number') {
    spec.total = TOTAL.capped
    spec.totalCap = query.total
  } else if (query.total !== undefined) {
    spec.total = member({ none: TOTAL.none, exact: TOTAL.exact }, query.total, 'total, if it is not a number,')
  }
  return spec
}

/** Iterates over the events of a query. The next page is fetched when it is needed. A timeline passes `entity`. */
async function * events (context, given, what, ...entity) {
  let query = optionsOf(given, QUERY, what)
  if (entity.length > 0) query = { ...query, order: query.order ?? 'oldest', entity: idOf(entity[0]) }
  yield * context.records('queryEvents', query, specOf(query))
}

/** Iterates over the events of a query as NDJSON, one Buffer for each page. */
async function * ndjson (context, given) {
  const query = optionsOf(given, QUERY, 'queryNdjson()')
  for await (const answer of context.pages('queryEvents', query, { ...specOf(query), flag: true })) yield answer.text
}

/** Returns one page of a query. */
async function page (context, given, what) {
  const query = optionsOf(given, PAGE, what)
  const { text, nextCursor, lastCursor, total } = await context.call('queryEvents', query, specOf(query))
  return { events: await parseRecords(text, context.time), nextCursor, lastCursor, total }
}

/** Iterates over events as they arrive, until the signal is aborted. */
async function * follow (context, given) {
  const { after, interval, pageSize, signal, ...query } = optionsOf(given, FOLLOW, 'follow()')
  const wait = { ...WAIT, signal }
  const spec = specOf({ ...query, order: 'arrival', limit: pageSize })
  try {
    // By default, starts after the events that are stored now.
    spec.cursor = after ?? (await context.call('summary', { timeout: -1, signal })).end_cursor
    while (!signal?.aborted) {
      const answer = await context.call('queryEvents', wait, spec)
      for await (const chunk of chunksInTurns(answer.text)) {
        for (const record of context.recordsOf(chunk, signal)) yield record
      }
      spec.cursor = answer.lastCursor ?? spec.cursor
      if (answer.nextCursor === undefined) await pause(interval, signal)
    }
  } catch (error) {
    if (!signal?.aborted || error.code !== 'interrupted') throw error
  }
}

function pause (milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      forget?.()
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    const forget = signal === undefined ? undefined : whenAborted(signal, done)
  })
}

module.exports = { FILTERS, events, filtersOf, follow, ndjson, page }
