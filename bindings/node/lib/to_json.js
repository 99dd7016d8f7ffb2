'use strict'

// The toJSON() of returned records, for JSON.stringify(), which refuses BigInts.

/** Marks the function, also for other copies of the package. */
const EXACT = Symbol.for('seerflow.toJSON')

/** Not enumerable: copies of a record, comparisons and console.log() do not see it. */
const PROPERTY = { value: toJSON, writable: true, configurable: true }

function toJSON () {
  return withoutBigInts({ ...this })
}
toJSON[EXACT] = true

function withoutBigInts (item) {
  if (typeof item === 'bigint') return item.toString()
  if (item === null || typeof item !== 'object' || typeof item.toJSON === 'function') return item
  if (Array.isArray(item)) return item.map(withoutBigInts)
  if (item instanceof Map) return [...item].map(withoutBigInts)
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, withoutBigInts(value)]))
}

/** Gives a returned record its toJSON(). */
function asRecord (record) {
  return Object.defineProperty(record, 'toJSON', PROPERTY)
}

/** Returns whether an object must be encoded as its toJSON() returns. Returned records are written exactly, with their BigInts. */
function encodesItself (item) {
  return typeof item.toJSON === 'function' && item.toJSON[EXACT] !== true
}

module.exports = { asRecord, encodesItself }
