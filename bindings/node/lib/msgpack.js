'use strict'

// Encodes events as msgpack, one map after the other. Takes half the time of JSON.stringify, and loses nothing: BigInts, bytes, NaN.

const { inspect, types: { isAnyArrayBuffer } } = require('node:util')
const { nanoseconds } = require('./check')
const { invalid } = require('./errors')
const { kindOf } = require('./options')
const { encodesItself } = require('./to_json')

/** The largest nesting depth that the library reads. */
const MAX_DEPTH = 64
const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n
const MAX_UINT64 = 2n ** 64n - 1n

/** How much is encoded in one turn of the event loop: a few milliseconds' work. */
const SLICE_EVENTS = 2000
const SLICE_BYTES = 1024 * 1024

const INITIAL = 64 * 1024
/** The buffer is reused by the next batch, up to a limit on its size. */
const KEPT = 4 * 1024 * 1024
let buffer = Buffer.allocUnsafeSlow(INITIAL)
let at = 0
let isBusy = false

/**
 * Encodes a slice of events, starting at an index. The slice ends before an event that cannot be encoded; such an event is a slice of its
 * own, with the reason and an excerpt of the event. Returns the bytes, which are valid until the next call, the index of the first event
 * after the slice, and the reason.
 */
function encodeEvents (events, from) {
  if (isBusy) return encodeWithin(events, from)
  isBusy = true
  try {
    if (buffer.length > KEPT) buffer = Buffer.allocUnsafeSlow(INITIAL)
    at = 0
    let index = from
    for (const end = Math.min(events.length, from + SLICE_EVENTS); index < end && at < SLICE_BYTES; index++) {
      const rejectReason = encodeEvent(events[index])
      if (rejectReason === undefined) continue
      if (index > from) break
      return { bytes: Buffer.from(excerpt(events[index])), next: index + 1, rejectReason }
    }
    return { bytes: buffer.subarray(0, at), next: index }
  } finally {
    isBusy = false
  }
}

/** For a getter or toJSON() of an event that writes events itself while the event is encoded. */
function encodeWithin (events, from) {
  const outer = { buffer, at }
  buffer = Buffer.allocUnsafeSlow(INITIAL)
  isBusy = false
  try {
    return encodeEvents(events, from)
  } finally {
    ({ buffer, at } = outer)
    isBusy = true
  }
}

/** Returns the reason why the event cannot be encoded; undefined if it was. */
function encodeEvent (event) {
  const start = at
  try {
    if (!isEvent(event)) throw invalid(`an event must be an object, not ${kindOf(event)}`)
    const fields = encodesItself(event) ? event.toJSON() : event
    if (fields === null || typeof fields !== 'object') throw invalid(`toJSON() of an event returned ${kindOf(fields)}`)
    map(fields, 0)
  } catch (error) {
    at = start
    return (error instanceof Error ? error.message : String(error)) || 'the event cannot be encoded'
  }
}

/** Returns true for objects that may be intended as an event. */
function isEvent (item) {
  if (item === null || typeof item !== 'object') return false
  const prototype = Object.getPrototypeOf(item)
  if (prototype === Object.prototype || prototype === null) return true
  return !(item instanceof Error || item instanceof Date || ArrayBuffer.isView(item) || isAnyArrayBuffer(item) || typeof item.then === 'function' ||
    typeof item[Symbol.iterator] === 'function' || typeof item[Symbol.asyncIterator] === 'function' || typeof item.pipe === 'function')
}

function excerpt (item) {
  try {
    return inspect(item, { depth: 2, breakLength: Infinity, maxStringLength: 1000 }).slice(0, 10_000)
  } catch {
    return kindOf(item)
  }
}

function room (bytes) {
  if (at + bytes <= buffer.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + bytes))
  buffer.copy(larger, 0, 0, at)
  buffer = larger
}

function value (item, depth) {
  switch (typeof item) {
    case 'string': return text(item)
    case 'number': return number(item)
    case 'boolean':
      room(1)
      buffer[at++] = item ? 0xc3 : 0xc2
      return
    case 'bigint': return bigint(item)
    case 'object': return object(item, depth)
    default: return nil()
  }
}

function object (item, depth) {
  if (item === null) return nil()
  if (depth >= MAX_DEPTH) throw invalid(`a value is nested deeper than ${MAX_DEPTH} levels, or refers to itself`)
  if (Array.isArray(item)) {
    head(item.length, 0x90, 16, 0xdc, 0xdd)
    for (let i = 0; i < item.length; i++) value(item[i], depth + 1)
  } else if (ArrayBuffer.isView(item)) {
    bytes(item)
  } else if (isAnyArrayBuffer(item)) {
    bytes(new Uint8Array(item))
  } else if (encodesItself(item)) {
    value(item.toJSON(), depth + 1)
  } else if (item instanceof Map) {
    head(item.size, 0x80, 16, 0xde, 0xdf)
    for (const [key, inner] of item) {
      text(String(key))
      value(inner, depth + 1)
    }
  } else if (item instanceof Set) {
    object([...item], depth)
  } else {
    map(item instanceof Error ? fieldsOf(item) : item, depth)
  }
}

/** Returns the fields of an error, whose own properties are not enumerable. */
function fieldsOf (error) {
  const fields = { name: error.name, message: error.message, stack: error.stack }
  for (const key of ['cause', 'errors']) if (error[key] !== undefined) fields[key] = error[key]
  return Object.assign(fields, error)
}

/** Leaves out properties that are undefined or functions, as JSON does. */
function map (item, depth) {
  const keys = Object.keys(item)
  let count = 0
  for (let i = 0; i < keys.length; i++) if (isThere(item[keys[i]])) count++
  head(count, 0x80, 16, 0xde, 0xdf)
  for (let i = 0; i < keys.length; i++) {
    const inner = item[keys[i]]
    if (!isThere(inner) || count === 0) continue
    count--
    text(keys[i])
    if (depth === 0 && (keys[i] === 'timestamp_ns' || keys[i] === 'observed_ns')) value(inner === null ? inner : nanoseconds(inner, keys[i]), 1)
    else value(inner, depth + 1)
  }
  // A getter that returns undefined the second time would shift the following keys and values.
  if (count > 0) throw invalid('an event changed while it was encoded')
}

function isThere (item) {
  return item !== undefined && typeof item !== 'function' && typeof item !== 'symbol'
}

function nil () {
  room(1)
  buffer[at++] = 0xc0
}

/** Writes the header of an array or a map. */
function head (count, fix, below, short, long) {
  room(5)
  if (count < below) {
    buffer[at++] = fix | count
  } else if (count < 0x10000) {
    buffer[at++] = short
    buffer[at++] = count >>> 8
    buffer[at++] = count
  } else {
    buffer[at++] = long
    at = buffer.writeUInt32BE(count, at)
  }
}

function text (item) {
  const length = item.length
  // A UTF-16 code unit takes at most three bytes.
  room(length * 3 + 5)
  if (length < 32) {
    // Most short texts are ASCII. Writing them here is faster than a call.
    const start = at + 1
    let i = 0
    for (; i < length; i++) {
      const unit = item.charCodeAt(i)
      if (unit > 0x7f) break
      buffer[start + i] = unit
    }
    if (i === length) {
      buffer[at] = 0xa0 | length
      at = start + length
      return
    }
  }
  const lengthBytes = length * 3 < 0x10000 ? 2 : 4
  const written = buffer.write(item, at + 1 + lengthBytes)
  if (lengthBytes === 2) {
    buffer[at] = 0xda
    buffer[at + 1] = written >>> 8
    buffer[at + 2] = written
  } else {
    buffer[at] = 0xdb
    buffer.writeUInt32BE(written, at + 1)
  }
  at += 1 + lengthBytes + written
}

function bytes (item) {
  const view = Buffer.from(item.buffer, item.byteOffset, item.byteLength)
  room(view.length + 5)
  buffer[at++] = 0xc6
  at = buffer.writeUInt32BE(view.length, at)
  view.copy(buffer, at)
  at += view.length
}

function number (item) {
  room(9)
  if (Number.isInteger(item) && !Object.is(item, -0)) {
    if (item >= 0 && item < 0x80) {
      buffer[at++] = item
      return
    }
    if (item >= 0 && item < 0x100000000) {
      buffer[at++] = 0xce
      at = buffer.writeUInt32BE(item, at)
      return
    }
    // Times in nanoseconds that are given as numbers are integers too.
    if (Math.abs(item) < 2 ** 63) {
      buffer[at++] = 0xd3
      at = buffer.writeBigInt64BE(BigInt(item), at)
      return
    }
  }
  buffer[at++] = 0xcb
  at = buffer.writeDoubleBE(item, at)
}

function bigint (item) {
  room(9)
  if (item >= MIN_INT64 && item <= MAX_INT64) {
    buffer[at++] = 0xd3
    at = buffer.writeBigInt64BE(item, at)
  } else if (item > 0n && item <= MAX_UINT64) {
    buffer[at++] = 0xcf
    at = buffer.writeBigUInt64BE(item, at)
  } else {
    throw invalid('a BigInt has more than 64 bits')
  }
}

module.exports = { encodeEvents, isEvent }
