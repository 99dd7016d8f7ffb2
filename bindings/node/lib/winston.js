'use strict'

// A transport for winston.

const TransportStream = require('winston-transport')
const { Store } = require('./store')

const CLOSE_TIMEOUT = 10_000
/** Records that are buffered before winston is asked to wait. */
const HIGH_WATER_MARK = 16_384

class SeerflowTransport extends TransportStream {
  #store
  #isOurs
  #how
  /** Those who wait until the stream has nothing left. */
  #waiting = []

  constructor (options = {}) {
    const { store, path, file, env, config, exitTimeout, sourceType = 'winston', sourceId, durable = false, ...winston } = options
    // When a transport asks it to wait, winston loses at logger.end() what it has buffered itself.
    super({ highWaterMark: HIGH_WATER_MARK, ...winston })
    this.#isOurs = store === undefined
    this.#store = store ?? new Store({ path, file, env, config, exitTimeout })
    this.#how = { sourceType, sourceId, durable, timeout: -1 }
  }

  log (info, callback) {
    this.#write(lineOf(info), [info], callback)
  }

  /** What came while the last write was under way, at once. */
  logv (chunks, callback) {
    const infos = []
    for (const { chunk } of chunks) {
      const info = this.format ? this.format.transform({ ...chunk }, this.format.options) : chunk
      if (info) infos.push(info)
    }
    this.#write(infos.map(lineOf).join(''), infos, callback)
  }

  #write (lines, infos, callback) {
    this.#store.write(lines, this.#how).then(() => {
      callback()
      for (const info of infos) this.emit('logged', info)
      if (this.#waiting.length > 0) setImmediate(() => this.#settle())
    }, callback)
  }

  /** All that was logged before is committed when it ends. */
  async flush () {
    await new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#settle()
    })
    await this.#store.flush()
  }

  #settle () {
    if (this.writableLength === 0 || this.destroyed) for (const done of this.#waiting.splice(0)) done()
  }

  _final (callback) {
    const done = this.#isOurs ? this.#store.close({ timeout: CLOSE_TIMEOUT }) : this.#store.flush()
    done.then((closed) => callback(closed?.lost > 0 ? new Error(`seerflow: ${closed.lost} log records could not be stored`) : undefined), callback)
  }
}

/** One record as one line; an object that refers to itself is cut there. */
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
