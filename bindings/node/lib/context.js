'use strict'

// The parts that the classes of a store share: the addon's object, how it is called, and the conversion of times.

const { call, throwIfAborted } = require('./native')
const { chunksInTurns, lines, parseRecord, parseRecords } = require('./json')

/** The timeout of calls for which none is given, in milliseconds. */
const TIMEOUT = 30_000
/** The options of every call that may wait. */
const WAIT = { timeout: TIMEOUT, signal: undefined }

class Context {
  constructor (native, time) {
    this.native = native
    this.time = time
  }

  /** Starts a call that returns a promise. Takes its name in src/calls.cc, and its arguments besides the timeout. */
  call (name, { timeout, signal }, spec = {}) {
    return call(signal, (settle) => this.native.call(settle, timeout, name, spec))
  }

  /** Makes a call that returns a list of records. */
  async list (name, options, spec) {
    const { text } = await this.call(name, options, spec)
    return parseRecords(text, this.time)
  }

  /** Makes a call that returns a list of one record. */
  async one (name, options, spec) {
    const [record] = await this.list(name, options, spec)
    return record
  }

  /** Iterates over the pages of a list. Yields the results of the addon. */
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

  /** Iterates over the records of a list. The next page is fetched when it is needed. An aborted signal ends the iteration at once. */
  async * records (name, options, spec) {
    for await (const { text } of this.pages(name, options, spec)) {
      for await (const chunk of chunksInTurns(text)) {
        for (const record of this.recordsOf(chunk, options.signal)) yield record
      }
    }
  }

  /** Iterates over the records of a chunk. */
  * recordsOf (chunk, signal) {
    for (const line of lines(chunk)) {
      throwIfAborted(signal)
      yield parseRecord(line, this.time)
    }
  }
}

module.exports = { Context, TIMEOUT, WAIT }
