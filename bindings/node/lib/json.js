'use strict'

// Records from the addon's JSON, one a line. Integers that a number cannot hold come as {"$int": "digits"}, and as a text for times.

/** The library's spellings of what JSON cannot say. */
const SPELLED = /\{"\$(int|bin|float|map|ext)":/

/**
 * Parses one line.
 * @param {(digits: string | number) => bigint | number} time makes a time
 */
function parseRecord (line, time) {
  const record = JSON.parse(line)
  for (const key in record) {
    if ((key.endsWith('_ns') || key === 'first_seen' || key === 'last_seen') && record[key] !== null) record[key] = time(record[key])
  }
  return SPELLED.test(line) ? unspell(record) : record
}

/** Parses all lines of a text. */
function parseRecords (text, time) {
  const records = []
  for (const line of lines(text)) records.push(parseRecord(line, time))
  return records
}

/** The lines of a text that ends in a line end, one after the other. */
function * lines (text) {
  for (let begin = 0, end; (end = text.indexOf('\n', begin)) !== -1; begin = end + 1) yield text.slice(begin, end)
}

function unspell (item) {
  if (item === null || typeof item !== 'object') return item
  if (Array.isArray(item)) return item.map(unspell)
  const keys = Object.keys(item)
  if (keys.length === 1 && keys[0][0] === '$') {
    const inner = item[keys[0]]
    switch (keys[0]) {
      case '$int': return BigInt(inner)
      case '$bin': return Buffer.from(inner, 'base64')
      case '$float': return inner === 'nan' ? NaN : inner === 'inf' ? Infinity : -Infinity
      case '$ext': return { type: inner[0], data: Buffer.from(inner[1], 'base64') }
      case '$map': return new Map(inner.map(([key, value]) => [unspell(key), unspell(value)]))
    }
  }
  for (const key of keys) item[key] = unspell(item[key])
  return item
}

module.exports = { parseRecord, parseRecords, lines }
