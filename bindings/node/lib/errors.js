'use strict'

class SeerflowError extends Error {
  constructor ({ code, message, retriable, consumed, records }) {
    super(message)
    this.code = code
    this.retriable = retriable
    if (consumed !== undefined) this.consumed = consumed
    if (records !== undefined) this.records = records
  }

  /** Makes one of what the addon throws; other errors stay. */
  static from (failure) {
    return failure instanceof Error ? failure : new SeerflowError(failure)
  }
}

Object.defineProperty(SeerflowError.prototype, 'name', { value: 'SeerflowError', configurable: true, writable: true })

module.exports = { SeerflowError }
