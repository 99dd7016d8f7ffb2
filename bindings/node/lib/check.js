'use strict'

// Validates and converts arguments from callers for the addon.

const { addon, now } = require('./native')
const { ENTITY_TYPE } = require('./constants')
const { invalid } = require('./errors')
const { kindOf } = require('./options')

/** A smaller number is not a time in nanoseconds of this century, but in seconds, milliseconds or microseconds. */
const EARLIEST_NUMBER = 1e15

/** Returns the number of a name in a table of constants. */
function member (table, name, what) {
  if (!Object.hasOwn(table, name)) throw invalid(`${what} must be one of ${Object.keys(table).join(', ')}, not ${kindOf(name)}`)
  return table[name]
}

/** Returns the name of a number in a table of constants. */
function nameOf (table, number) {
  return Object.keys(table).find((name) => table[name] === number) ?? 'unknown'
}

/** Converts a time argument, nanoseconds or a Date, to nanoseconds since 1970. */
function nanoseconds (time, what = 'a time') {
  if (time === undefined || typeof time === 'bigint') return time
  if (time instanceof Date) {
    const milliseconds = time.getTime()
    if (Number.isNaN(milliseconds)) throw invalid(`${what} is an invalid Date`)
    return BigInt(milliseconds) * 1_000_000n
  }
  if (Number.isInteger(time)) {
    if (time === 0 || Math.abs(time) >= EARLIEST_NUMBER) return BigInt(time)
    throw invalid(`${what} must be in nanoseconds since 1970, but ${time} is too small for this century: pass a Date, or a BigInt if it is intended`)
  }
  throw invalid(`${what} must be a Date, or nanoseconds since 1970 as a BigInt or number, not ${kindOf(time)}`)
}

/** Converts a duration argument to nanoseconds. */
function duration (length, what) {
  if (length === undefined || typeof length === 'bigint') return length
  if (Number.isSafeInteger(length)) return BigInt(length)
  throw invalid(`${what} must be nanoseconds, as a BigInt or number, not ${kindOf(length)}`)
}

/** Computes the id of an entity. */
function entityId (type, value) {
  return now(() => addon.entityId(member(ENTITY_TYPE, type, 'the type of an entity'), String(value)))
}

/** Returns the id of an entity argument: an id, or { type, value }. */
function idOf (entity) {
  if (typeof entity === 'string') return entity
  if (entity === null || typeof entity !== 'object') throw invalid(`an entity must be an id, or an object with type and value, not ${kindOf(entity)}`)
  return entityId(entity.type, entity.value)
}

module.exports = { duration, entityId, idOf, member, nameOf, nanoseconds }
