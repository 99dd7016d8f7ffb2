'use strict'

// What the faces of a store share: the addon's object, how to call it, and how times are made.

const { addon, call } = require('./native')
const { parseRecords } = require('./json')

/** The bound of calls that were given none, in milliseconds. */
const TIMEOUT = 30_000
/** The options of every call that may wait. */
const WAIT = { timeout: TIMEOUT, signal: undefined }

class Context {
  constructor (native, time) {
    this.native = native
    this.time = time
  }

  /** Begins a call that has a promise. */
  call (signal, begin) {
    return call(this, signal, begin)
  }

  /** Asks for a list, which comes as JSON, one record a line. */
  async list (signal, begin) {
    return parseRecords(await call(this, signal, begin), this.time)
  }

  /** Walks through pages: `ask(number, spec)` asks for one. Yields what the addon answered. */
  async * pages ({ signal, limit, pageSize }, spec, ask) {
    let left = limit
    while (left > 0) {
      spec.limit = Math.min(pageSize, left)
      const answer = await call(this, signal, (number) => ask(number, spec))
      if (answer.count > 0) yield answer
      left -= answer.count
      if (answer.nextCursor === undefined) return
      spec.cursor = answer.nextCursor
    }
  }
}

module.exports = { Context, TIMEOUT, WAIT, addon }
