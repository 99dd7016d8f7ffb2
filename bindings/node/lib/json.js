'use strict'

// Decodes records from the addon's JSON, one a line. Integers that a number cannot hold are {"$int": "digits"}, or a text if they are
// times.

const { asRecord } = require('./to_json')

/** How the library writes values that JSON does not have. */
const SPELLED = /\{"\$(int|bin|float|map|ext)":/

/** How many bytes are decoded and parsed in one turn of the event loop: a few milliseconds' work. */
const CHUNK = 128 * 1024
const LINE_END = 10

/**
 * Parses one line.
 * @param {(digits: string | number) => bigint | number} time converts a time
 */
function parseRecord (line, time) {
  const record = JSON.parse(line)
  for (const key in record) {
    if (key.endsWith('_ns') && record[key] !== null) record[key] = time(record[key])
  }
  return asRecord(SPELLED.test(line) ? unspell(record) : record)
}

/** Parses all lines of a text or Buffer. Lets the event loop run between chunks. */
async function parseRecords (text, time) {
  const records = []
  for await (const chunk of chunksInTurns(text)) {
    for (const line of lines(chunk)) records.push(parseRecord(line, time))
  }
  return records
}

/** Yields a text or Buffer in chunks of whole lines. Lets the event loop run between them. */
async function * chunksInTurns (text) {
  let isFirst = true
  for (const chunk of chunks(text)) {
    if (!isFirst) await turn()
    isFirst = false
    yield chunk
  }
}

/** Lets the event loop run once. */
function turn () {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Yields a text as a whole, and a Buffer in chunks of whole lines. */
function * chunks (text) {
  if (typeof text === 'string') return yield text
  for (let begin = 0, end; begin < text.length; begin = end) {
    end = text.indexOf(LINE_END, begin + CHUNK) + 1 || text.length
    yield text.toString('utf8', begin, end)
  }
}

/** Yields the lines of a text that ends with a line feed. */
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
      case '$map': return mapOf(inner.map(([key, value]) => [unspell(key), unspell(value)]))
    }
  }
  for (const key of keys) item[key] = unspell(item[key])
  return item
}

/** Makes an object. For a repeated key the last value counts, as in Seerflow. A Map if a key is not a text. */
function mapOf (pairs) {
  return pairs.every(([key]) => typeof key === 'string') ? Object.fromEntries(pairs) : new Map(pairs)
}

module.exports = { chunksInTurns, lines, parseRecord, parseRecords, turn }
