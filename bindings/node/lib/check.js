'use strict'

// Arguments from callers, for the addon.

const { addon, now } = require('./native')
const { ENTITY_TYPE } = require('./constants')
const { invalid } = require('./errors')
const { kindOf } = require('./options')

/** Numbers nearer to 1970 are no nanoseconds of this century, but seconds, milliseconds or microseconds. */
const EARLIEST_NUMBER = 1e15

/** The number that a name has in a table of constants. */
function member (table, name, what) {
  if (!Object.hasOwn(table, name)) throw invalid(`${what} is one of ${Object.keys(table).join(', ')}, not ${kindOf(name)}`)
  return table[name]
}

/** The name that a number has. */
function nameOf (table, number) {
  return Object.keys(table).find((name) => table[name] === number) ?? 'unknown'
}

/** Nanoseconds since 1970 from what callers may say: nanoseconds, or a Date. */
function nanoseconds (time, what = 'a time') {
  if (time === undefined || typeof time === 'bigint') return time
  if (time instanceof Date) {
    const milliseconds = time.getTime()
    if (Number.isNaN(milliseconds)) throw invalid(`${what} is an invalid Date`)
    return BigInt(milliseconds) * 1_000_000n
  }
  if (Number.isInteger(time)) {
    if (time === 0 || Math.abs(time) >= EARLIEST_NUMBER) return BigInt(time)
    throw invalid(`${what} is nanoseconds since 1970, which ${time} is not in this century: give a Date, or a BigInt if that is meant`)
  }
  throw invalid(`${what} is a Date, or nanoseconds since 1970 as a BigInt or number, not ${kindOf(time)}`)
}

/** A length of time in nanoseconds. */
function duration (length, what) {
  if (length === undefined || typeof length === 'bigint') return length
  if (Number.isSafeInteger(length)) return BigInt(length)
  throw invalid(`${what} is nanoseconds, as a BigInt or number, not ${kindOf(length)}`)
}

/** The id under which Seerflow knows an entity. */
function entityId (type, value) {
  return now(() => addon.entityId(member(ENTITY_TYPE, type, 'an entity\'s type'), String(value)))
}

/** The id of an entity: itself, or that of { type, value }. */
function idOf (entity) {
  if (typeof entity === 'string') return entity
  if (entity === null || typeof entity !== 'object') throw invalid(`an entity is an id, or an object of type and value, not ${kindOf(entity)}`)
  return entityId(entity.type, entity.value)
}

module.exports = { duration, entityId, idOf, member, nameOf, nanoseconds }
