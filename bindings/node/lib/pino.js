'use strict'

// A transport for pino: a stream in a worker of pino, which passes pino's lines to the library without parsing or changing them. The
// library knows pino's keys.

const { Writable } = require('node:stream')
const { open } = require('./index')
const { optionsOf } = require('./options')
const { OPTIONS } = require('./store')

/** How much is buffered before pino is asked to wait, in characters. */
const HIGH_WATER_MARK = 1024 * 1024
/** pino gives up on a transport that makes no progress for ten seconds. */
const CLOSE_TIMEOUT = 8_000

const { path, file, env, config, mustExist, shared, exitTimeout } = OPTIONS
const TRANSPORT = { path, file, env, config, mustExist, shared, exitTimeout, sourceType: 'pino', sourceId: undefined, durable: false, closeTimeout: CLOSE_TIMEOUT }
/** Options that pino adds. */
const OF_PINO = /^(pino|\$)/

class SeerflowTransport extends Writable {
  #store
  #how
  #closeTimeout
  /** The start of a line whose end is in the next chunk. */
  #rest = ''

  constructor (store, how, closeTimeout) {
    super({ decodeStrings: false, defaultEncoding: 'utf8', highWaterMark: HIGH_WATER_MARK })
    this.#store = store
    this.#how = how
    this.#closeTimeout = closeTimeout
  }

  _write (chunk, encoding, callback) {
    this.#take(textOf(chunk), callback)
  }

  _writev (chunks, callback) {
    this.#take(chunks.map(({ chunk }) => textOf(chunk)).join(''), callback)
  }

  /** Is fulfilled when the library has accepted all whole lines. If its queue is full, pino waits. */
  #take (text, callback) {
    const end = text.lastIndexOf('\n') + 1
    if (end === 0) {
      this.#rest += text
      callback()
      return
    }
    const lines = this.#rest + text.slice(0, end)
    this.#rest = text.slice(end)
    this.#store.write(lines, this.#how).then(() => callback(), callback)
  }

  /** Is fulfilled when everything that was logged before is committed. For pino's logger.flush(). */
  flush (callback) {
    this.write('', (error) => {
      if (error) callback(error)
      else this.#store.flush().then(() => callback(), callback)
    })
  }

  _final (callback) {
    this.#end().then(() => callback(), callback)
  }

  async #end () {
    if (this.#rest !== '') await this.#store.write(this.#rest, this.#how)
    this.#rest = ''
    await this.#store.close({ timeout: this.#closeTimeout })
  }

  _destroy (error, callback) {
    this.#store.close({ timeout: this.#closeTimeout }).then(() => callback(error), (closing) => callback(error ?? closing))
  }
}

function textOf (chunk) {
  return typeof chunk === 'string' ? chunk : chunk.toString('utf8')
}

/** Creates the stream that pino writes to, with the options of the transport. */
async function transport (options = {}) {
  const given = Object.fromEntries(Object.entries(options).filter(([name]) => !OF_PINO.test(name)))
  const { sourceType, sourceId, durable, closeTimeout, ...store } = optionsOf(given, TRANSPORT, 'the transport seerflow/pino')
  return new SeerflowTransport(await open(store), { sourceType, sourceId, durable, timeout: -1 }, closeTimeout)
}

module.exports = transport
module.exports.default = transport
