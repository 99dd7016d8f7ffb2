'use strict'

/** What marks an error of this package, whichever copy of it made the error. */
const BRAND = Symbol.for('seerflow.SeerflowError')

class SeerflowError extends Error {
  constructor ({ code, message, retriable = false, consumed, records, committed, queued, withdrawn, lost }) {
    super(message)
    this.code = code
    this.retriable = retriable
    // Of a write, until lib/write.js has made one of both.
    if (consumed !== undefined) Object.assign(this, { consumed, records, committed, queued, withdrawn })
    if (lost !== undefined) this.lost = lost
  }

  /** Makes one of what the addon throws; other errors stay. */
  static from (failure) {
    return failure instanceof Error ? failure : new SeerflowError(failure)
  }

  static [Symbol.hasInstance] (value) {
    if (this !== SeerflowError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && value[BRAND] === true
  }
}

Object.defineProperty(SeerflowError.prototype, BRAND, { value: true })
Object.defineProperty(SeerflowError.prototype, 'name', { value: 'SeerflowError', configurable: true, writable: true })

function invalid (message) {
  return new SeerflowError({ code: 'invalid', message })
}

module.exports = { SeerflowError, invalid }
