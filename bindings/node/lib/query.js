'use strict'

// Queries for events.

const { ORDER, TOTAL } = require('./constants')
const { lines, parseRecord, parseRecords } = require('./json')
const { idOf, member, nanoseconds } = require('./check')

/** The addon's form of a query. */
function specOf (query) {
  const spec = {
    from: nanoseconds(query.from),
    to: nanoseconds(query.to),
    sourceType: query.sourceType,
    sourceId: query.sourceId,
    minSeverity: query.minSeverity,
    templateId: query.templateId,
    entity: idOf(query.entity),
    text: query.text,
    limit: query.limit,
    page: query.page,
    cursor: query.cursor,
    timeout: query.timeout
  }
  if (query.order !== undefined) spec.order = member(ORDER, query.order, 'order')
  if (typeof query.total === 'number') {
    spec.total = TOTAL.capped
    spec.totalCap = query.total
  } else if (query.total !== undefined) {
    spec.total = member({ none: TOTAL.none, exact: TOTAL.exact }, query.total, 'total, unless it is a bound,')
  }
  return spec
}

const ask = (context, raw) => (number, spec) => context.native.query(number, spec, raw)

/** The events of a query, one after the other; the next page is asked for when it is needed. */
async function * events (context, query) {
  for await (const answer of context.pages(query, specOf(query), ask(context, false))) {
    for (const line of lines(answer.text)) yield parseRecord(line, context.time)
  }
}

/** The events of a query as NDJSON, one Buffer a page. */
async function * ndjson (context, query) {
  for await (const answer of context.pages(query, specOf(query), ask(context, true))) yield answer.text
}

/** One page of a query. */
async function page (context, query) {
  const spec = specOf(query)
  const { text, nextCursor, lastCursor, total } = await context.call(query.signal, (number) => context.native.query(number, spec, false))
  return { events: parseRecords(text, context.time), nextCursor, lastCursor, total }
}

/** The events that arrive, without end, until the signal is aborted. */
async function * follow (context, { interval = 250, after, signal, pageSize = 500, ...query }) {
  const spec = specOf({ ...query, order: 'arrival', limit: pageSize })
  try {
    // Without a place to begin at: behind what is there.
    spec.cursor = after ?? (await context.call(signal, (number) => context.native.summary(number, -1))).end_cursor
    while (!signal?.aborted) {
      const answer = await context.call(signal, (number) => context.native.query(number, spec, false))
      for (const line of lines(answer.text)) yield parseRecord(line, context.time)
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
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done, { once: true })
  })
}

module.exports = { events, ndjson, page, follow }
