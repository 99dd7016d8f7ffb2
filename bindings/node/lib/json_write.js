'use strict'

// Encodes records other than events as JSON, one a line. Like JSON.stringify, but BigInts become integers and times become nanoseconds.

const { nanoseconds } = require('./check')
const { invalid } = require('./errors')
const { kindOf } = require('./options')
const { encodesItself } = require('./to_json')

/** @param {string} what the name of a record in messages */
function toNdjson (records, what) {
  let text = ''
  for (const record of Array.isArray(records) ? records : [records]) {
    if (record === null || typeof record !== 'object' || Array.isArray(record) || typeof record.then === 'function') throw invalid(`${what} must be an object, not ${kindOf(record)}`)
    text += `{${members(record, (key, value) => toJson(key.endsWith('_ns') && value !== null ? nanoseconds(value, key) : value))}}\n`
  }
  return text
}

function toJson (item) {
  if (typeof item === 'bigint') return item.toString()
  if (item === null || typeof item !== 'object') return JSON.stringify(item) ?? 'null'
  if (encodesItself(item)) return toJson(item.toJSON())
  if (Array.isArray(item)) return `[${item.map(toJson).join(',')}]`
  return `{${members(item, (key, value) => toJson(value))}}`
}

function members (item, encode) {
  return Object.entries(item).filter(([, value]) => value !== undefined).map(([key, value]) => `${JSON.stringify(key)}:${encode(key, value)}`).join(',')
}

module.exports = { toNdjson }
