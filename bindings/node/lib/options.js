'use strict'

// Options of calls. Unknown names are refused, because a misspelt filter would silently select everything.

const { invalid } = require('./errors')

const whole = (value) => Number.isSafeInteger(value)
const isWhole = { holds: whole, wants: 'a whole number' }
const isCount = { holds: (value) => whole(value) && value >= 0, wants: 'a whole number from 0' }
const isText = { holds: (value) => typeof value === 'string', wants: 'a text' }

/** The check of each option, the same for every call. */
const CHECKS = {
  timeout: { holds: whole, wants: 'a whole number of milliseconds, negative for no timeout' },
  exitTimeout: { holds: (value) => whole(value) && value >= 0, wants: 'a number of milliseconds from 0' },
  interval: isCount,
  limit: { holds: (value) => value === Infinity || (whole(value) && value >= 0), wants: 'a whole number from 0' },
  pageSize: { holds: (value) => whole(value) && value >= 1 && value <= 100_000, wants: 'a whole number from 1 to 100,000' },
  page: { holds: (value) => whole(value) && value >= 1, wants: 'a whole number from 1' },
  minSeverity: isWhole,
  templateId: isWhole,
  depth: isCount,
  minCount: isCount,
  maxAlerts: isCount,
  firstIndex: isCount,
  signal: { holds: (value) => typeof value?.addEventListener === 'function' && typeof value.aborted === 'boolean', wants: 'an AbortSignal' },
  log: { holds: (value) => typeof value === 'function', wants: 'a function' },
  config: { holds: (value) => typeof value === 'object' && value !== null, wants: 'an object of keys and values' },
  path: { holds: (value) => (typeof value === 'string' && value !== '') || value instanceof URL, wants: 'the path of a file' },
  file: { holds: (value) => (typeof value === 'string' && value !== '') || value instanceof URL, wants: 'the path of a file' },
  sourceType: isText,
  sourceId: isText,
  tag: isText,
  timezone: isText,
  batchKey: isText,
  recordKeyField: isText,
  cursor: isText
}
/** These options may be null, which means absent. */
const NULLABLE = new Set(['signal', 'cursor'])

/** Names that other libraries use for the path of the database file. */
const MEANT = { filename: 'path', filepath: 'path', database: 'path', destination: 'path', db: 'path' }

/**
 * Returns the options of a call: those given, and for the others the values of `defaults`, which has every known name.
 * @param {string} what the name of the call in messages
 */
function optionsOf (given, defaults, what) {
  if (given === undefined) return defaults
  if (given === null || typeof given !== 'object' || Array.isArray(given)) throw invalid(`${what} takes an object of options, not ${kindOf(given)}`)
  const options = { ...defaults }
  for (const name in given) {
    const value = given[name]
    if (value === undefined) continue
    if (!Object.hasOwn(defaults, name)) throw invalid(unknown(name, Object.keys(defaults), what))
    if (value === null && NULLABLE.has(name)) continue
    const check = CHECKS[name]
    if (check !== undefined && !check.holds(value)) throw invalid(`${what}: ${name} must be ${check.wants}, not ${kindOf(value)}`)
    options[name] = value
  }
  return options
}

function unknown (name, known, what) {
  const [nearest] = known.map((other) => [other, distance(name.toLowerCase(), other.toLowerCase())]).sort((a, b) => a[1] - b[1])
  const meant = known.includes(MEANT[name]) ? MEANT[name] : nearest[1] <= Math.max(2, name.length / 3) ? nearest[0] : undefined
  return `${what} has no option ${name}${meant === undefined ? '' : `, did you mean ${meant}?`} (${known.join(', ')})`
}

/** Returns the edit distance: how many letters must be inserted, removed or changed. */
function distance (a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]
}

/** Describes a value in messages. */
function kindOf (value) {
  switch (typeof value) {
    case 'string': return value === '' ? 'an empty text' : `the text "${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'an array'
      const { name } = value.constructor ?? {}
      return typeof name !== 'string' || name === '' || name === 'Object' ? 'an object' : `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
    }
    case 'bigint': return `${value}n`
    case 'function': return 'a function'
    default: return String(value)
  }
}

module.exports = { optionsOf, kindOf }
