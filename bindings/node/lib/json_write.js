'use strict'

// Records other than events to JSON, one a line: as JSON.stringify, with BigInts as integers.

function toNdjson (records) {
  let text = ''
  for (const record of records) text += toJson(record) + '\n'
  return text
}

function toJson (item) {
  if (typeof item === 'bigint') return item.toString()
  if (item === null || typeof item !== 'object') return JSON.stringify(item) ?? 'null'
  if (typeof item.toJSON === 'function') return toJson(item.toJSON())
  if (Array.isArray(item)) return `[${item.map(toJson).join(',')}]`
  const members = Object.entries(item).filter(([, value]) => value !== undefined)
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${toJson(value)}`).join(',')}}`
}

module.exports = { toNdjson }
