'use strict'

// What the faces of a store share: the addon's object, how to call it, and how times are made.

const { call } = require('./native')
const { chunksInTurns, lines, parseRecord, parseRecords } = require('./json')

/** The bound of calls that were given none, in milliseconds. */
const TIMEOUT = 30_000
/** The options of every call that may wait. */
const WAIT = { timeout: TIMEOUT, signal: undefined }

class Context {
  constructor (native, time) {
    this.native = native
    this.time = time
  }

  /** Begins a call that has a promise: its name in src/calls.cc, and what it is given besides its time. */
  call (name, { timeout, signal }, spec = {}) {
    return call(this, signal, (number) => this.native.call(number, timeout, name, spec))
  }

  /** Asks for a list of records. */
  async list (name, options, spec) {
    const { text } = await this.call(name, options, spec)
    return parseRecords(text, this.time)
  }

  /** Asks for a list of one record. */
  async one (name, options, spec) {
    const [record] = await this.list(name, options, spec)
    return record
  }

  /** Walks through the pages of a list. Yields what the addon answered. */
  async * pages (name, { limit, pageSize, ...options }, spec) {
    let left = limit
    while (left > 0) {
      spec.limit = Math.min(pageSize, left)
      const answer = await this.call(name, options, spec)
      if (answer.count > 0) yield answer
      left -= answer.count
      if (answer.nextCursor === undefined) return
      spec.cursor = answer.nextCursor
    }
  }

  /** Walks through the records of a list; the next page is asked for when it is needed. */
  async * records (name, options, spec) {
    for await (const { text } of this.pages(name, options, spec)) {
      for await (const chunk of chunksInTurns(text)) {
        for (const line of lines(chunk)) yield parseRecord(line, this.time)
      }
    }
  }
}

module.exports = { Context, TIMEOUT, WAIT }
