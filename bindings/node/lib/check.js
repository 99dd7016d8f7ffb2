'use strict'

// Arguments from callers, for the addon.

const { addon, now } = require('./native')
const { ENTITY_TYPE } = require('./constants')
const { SeerflowError } = require('./errors')

function invalid (message) {
  return new SeerflowError({ code: 'invalid', message, retriable: false })
}

/** The number that a name has in a table of constants. */
function member (table, name, what) {
  if (!Object.hasOwn(table, name)) throw invalid(`${what} is one of ${Object.keys(table).join(', ')}, not ${String(name)}`)
  return table[name]
}

/** The name that a number has. */
function nameOf (table, number) {
  return Object.keys(table).find((name) => table[name] === number) ?? 'unknown'
}

/** Nanoseconds since 1970 from what callers may say: nanoseconds, or a Date. */
function nanoseconds (time) {
  if (time === undefined || typeof time === 'bigint') return time
  if (time instanceof Date) {
    const milliseconds = time.getTime()
    if (Number.isNaN(milliseconds)) throw invalid('the date is no date')
    return BigInt(milliseconds) * 1_000_000n
  }
  if (Number.isInteger(time)) return BigInt(time)
  throw invalid('a time is nanoseconds since 1970 (BigInt or number) or a Date')
}

/** The id under which Seerflow knows an entity. */
function entityId (type, value) {
  return now(() => addon.entityId(member(ENTITY_TYPE, type, 'an entity\'s type'), String(value)))
}

/** The id of an entity: itself, or that of { type, value }. */
function idOf (entity) {
  return entity === null || typeof entity !== 'object' ? entity : entityId(entity.type, entity.value)
}

module.exports = { invalid, member, nameOf, nanoseconds, entityId, idOf }
