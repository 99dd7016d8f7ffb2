'use strict'

/** The property that marks an error of this package, even if another copy of the package made it. */
const BRAND = Symbol.for('seerflow.SeerflowError')

class SeerflowError extends Error {
  constructor ({ code, message, retriable = false, consumed, records, committed, queued, withdrawn, lost }) {
    super(message)
    this.code = code
    this.retriable = retriable
    // Of a write. lib/write.js combines the two.
    if (consumed !== undefined) Object.assign(this, { consumed, records, committed, queued, withdrawn })
    if (lost !== undefined) this.lost = lost
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
