'use strict'

// A transport for winston.

const TransportStream = require('winston-transport')
const { optionsOf } = require('./options')
const { OPTIONS, Store } = require('./store')

const CLOSE_TIMEOUT = 10_000
/** The largest number of records that are passed to the store but not yet accepted, before winston is asked to wait. */
const MOST_WAITING = 16_384

const { path, file, env, config, mustExist, shared, exitTimeout } = OPTIONS
const OPENING = { path, file, env, config, mustExist, shared, exitTimeout }
const WINSTON = { level: undefined, format: undefined, silent: undefined, handleExceptions: undefined, handleRejections: undefined, highWaterMark: MOST_WAITING }
const TRANSPORT = { store: undefined, ...OPENING, sourceType: 'winston', sourceId: undefined, durable: false, ...WINSTON }

class SeerflowTransport extends TransportStream {
  #store
  #isOurs
  #how
  /** The number of records that are passed to the store, and winston's callback while it waits. */
  #waiting = 0
  #resume
  /** The functions that wait until the stream is empty. */
  #flushing = []

  constructor (options) {
    const { store, sourceType, sourceId, durable, ...rest } = optionsOf(options, TRANSPORT, 'SeerflowTransport')
    const pick = (names) => Object.fromEntries(Object.keys(names).map((name) => [name, rest[name]]))
    super(pick(WINSTON))
    this.#isOurs = store === undefined
    this.#store = store ?? new Store(pick(OPENING))
    this.#how = { sourceType, sourceId, durable, timeout: -1 }
  }

  log (info, callback) {
    this.#write(lineOf(info), [info], callback)
  }

  /** Writes the records that arrived while winston had to wait, all at once. */
  logv (chunks, callback) {
    const infos = []
    for (const { chunk } of chunks) {
      const info = this.format ? this.format.transform({ ...chunk }, this.format.options) : chunk
      if (info) infos.push(info)
    }
    this.#write(infos.map(lineOf).join(''), infos, callback)
  }

  /** Passes the record to the store before it returns, so that it is stored even if the process ends right after. */
  #write (lines, infos, callback) {
    this.#waiting += infos.length
    this.#store.write(lines, this.#how).then(() => {
      this.#waiting -= infos.length
      for (const info of infos) this.emit('logged', info)
      if (this.#waiting < MOST_WAITING / 2) this.#goOn()
      if (this.#flushing.length > 0) setImmediate(() => this.#settle())
    }, (error) => {
      this.#waiting -= infos.length
      this.destroy(error)
      this.#goOn()
      this.#settle()
    })
    this.#resume = callback
    if (this.#waiting < MOST_WAITING) this.#goOn()
  }

  #goOn () {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  /** Is fulfilled when everything that was logged before is committed. */
  async flush () {
    await new Promise((resolve) => {
      this.#flushing.push(resolve)
      this.#settle()
    })
    await this.#store.flush()
  }

  #settle () {
    if (this.writableLength === 0 || this.destroyed) for (const done of this.#flushing.splice(0)) done()
  }

  _final (callback) {
    this.#end().then(() => callback(), callback)
  }

  async #end () {
    if (this.#isOurs) {
      await this.#store.close({ timeout: CLOSE_TIMEOUT })
    } else if (this.#store.health().state !== 'closed') {
      await this.#store.flush()
    }
  }
}

/** Encodes a record as one line. Circular references are cut. */
function lineOf (info) {
  try {
    return JSON.stringify(info, readable) + '\n'
  } catch {
    const seen = new WeakSet()
    return JSON.stringify(info, (key, value) => {
      const item = readable(key, value)
      if (item === null || typeof item !== 'object') return item
      if (seen.has(item)) return '[circular]'
      seen.add(item)
      return item
    }) + '\n'
  }
}

function readable (key, value) {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return { type: value.name, message: value.message, stack: value.stack, ...value }
  return value
}

module.exports = { SeerflowTransport }
module.exports.default = SeerflowTransport
