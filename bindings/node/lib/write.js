'use strict'

// Writes, in the order of the calls. A large array is encoded and passed to the addon a slice at a time, so that the event loop keeps
// running. Writes that are started meanwhile wait for their turn.

const { types: { isAnyArrayBuffer } } = require('node:util')
const { TIMEOUT } = require('./context')
const { DURABILITY, FORMAT } = require('./constants')
const { SeerflowError, invalid } = require('./errors')
const { member, nameOf } = require('./check')
const { turn } = require('./json')
const { encodeEvents, isEvent } = require('./msgpack')
const { addon: { unfinished }, call } = require('./native')
const { kindOf, optionsOf } = require('./options')

const OPTIONS = {
  durable: false, withdraw: false, batchKey: undefined, recordKeyField: undefined, firstIndex: 0, format: undefined, complete: true, sourceType: undefined, sourceId: undefined,
  tag: undefined, timezone: undefined, keepRaw: false, parse: undefined, timeout: TIMEOUT, signal: undefined
}

/** The formats of bytes and texts, with the names of the command line. */
const FORMATS = Object.fromEntries(Object.entries(FORMAT).map(([name, number]) => [name.replace('_', '-'), number]))

class Writer {
  #context
  /** Writes that are not completely passed to the addon. The first of them is running. */
  #queue = []
  /** Is fulfilled when the last write of the queue has been passed to the addon. */
  #submitted
  #isClosed = false

  constructor (context) {
    this.#context = context
  }

  async write (data, options) {
    const how = optionsOf(options, OPTIONS, 'write()')
    if (this.#isClosed) throw new SeerflowError({ code: 'closed', message: 'the store is closed' })
    const events = eventsOf(data)
    if (events !== undefined && how.format !== undefined) throw invalid('write(): format only applies to bytes and texts')
    const format = events === undefined ? member(FORMATS, how.format ?? 'ndjson', 'write(): format') : FORMAT.msgpack
    const write = new Write(this.#context, { ...how, format }, events, isAnyArrayBuffer(data) ? new Uint8Array(data) : data)
    if (this.#queue.length === 0) {
      const begun = write.begin()
      return write.isSubmitted ? begun : this.#enqueue(write, begun)
    }
    write.copyData()
    return this.#enqueue(write, this.#submitted.then(() => write.begin()))
  }

  /** Is fulfilled when all previous writes have been passed to the addon; undefined if they have. */
  get submitted () {
    return this.#submitted
  }

  /** Passes the remaining data to the addon at once, and refuses later writes. */
  close () {
    this.#isClosed = true
    this.#finish()
  }

  #enqueue (write, result) {
    if (this.#queue.push(write) === 1) unfinished.add(this.#finish)
    this.#submitted = write.submitted.then(() => {
      this.#queue.shift()
      if (this.#queue.length > 0) return
      this.#submitted = undefined
      unfinished.delete(this.#finish)
    })
    return result
  }

  /** Also called at the end of the process, which has no later turns of the event loop. */
  #finish = () => {
    for (const write of this.#queue) write.finish()
  }
}

class Write {
  #context
  #how
  /** The remaining events, and how many came before them; undefined for bytes and texts. */
  #events
  #done = 0
  /** The index of the first event that is not encoded. */
  #end = 0
  /** The bytes that are passed to the addon next. */
  #data
  /** The slices that were passed to the addon and have not ended. */
  #calls = []
  /** Why the next slice, one event, could not be encoded. */
  #rejectReason
  #deadline
  #result = { accepted: 0, rejected: [], consumed: 0, unkeyed: 0, unparsedTimes: 0, committed: 0, duplicates: 0, durability: 0 }
  #resolveSubmitted

  isSubmitted = false
  submitted = new Promise((resolve) => { this.#resolveSubmitted = resolve })

  constructor (context, how, events, data) {
    this.#context = context
    this.#how = { ...how, durable: Boolean(how.durable), withdraw: Boolean(how.withdraw), complete: Boolean(how.complete), keepRaw: Boolean(how.keepRaw), parse: how.parse === undefined ? 0 : how.parse ? 2 : 1 }
    this.#events = events
    this.#data = data
    if (events !== undefined) this.#encode()
    if (how.timeout >= 0) this.#deadline = performance.now() + how.timeout
  }

  /** Copies data that is borrowed or in a reused buffer, because it is passed to the addon later. */
  copyData () {
    if (typeof this.#data === 'string') return
    const { buffer, byteOffset, byteLength } = this.#data
    this.#data = Buffer.from(new Uint8Array(buffer, byteOffset, byteLength))
  }

  /** Passes the data to the addon, the first slice before it returns. */
  async begin () {
    try {
      if (!this.isSubmitted) this.#next()
      for (;;) {
        while (this.#calls.length > 0) this.#add(await this.#calls.shift())
        if (this.isSubmitted) return this.#outcome()
        await turn()
        if (!this.isSubmitted) this.#next()
      }
    } catch (error) {
      this.#markSubmitted()
      throw this.#failed(error)
    }
  }

  /** Passes all remaining data to the addon at once. */
  finish () {
    while (!this.isSubmitted) this.#next()
    // begin() reports the error.
    for (const call of this.#calls) call.catch(() => {})
  }

  /** Encodes the next slice. Copies the caller's array first, so that the caller may change it. */
  #encode () {
    const { bytes, next, rejectReason } = encodeEvents(this.#events, this.#done)
    if (this.#done === 0 && next < this.#events.length) this.#events = this.#events.slice()
    this.#data = bytes
    this.#end = next
    this.#rejectReason = rejectReason
  }

  /** Passes the encoded bytes, or the next slice, to the addon. */
  #next () {
    if (this.#data === undefined) this.#encode()
    const { signal, format, ...how } = this.#how
    const data = this.#data
    how.firstIndex += this.#done
    how.rejectReason = this.#rejectReason
    if (this.#deadline !== undefined) how.timeout = Math.max(0, Math.ceil(this.#deadline - performance.now()))
    this.#data = undefined
    this.#done = this.#end
    const { native } = this.#context
    this.#calls.push(call(signal, (settle) => native.write(settle, how.timeout, data, format, how)))
    if (this.#events === undefined || this.#end === this.#events.length) this.#markSubmitted()
  }

  #markSubmitted () {
    this.isSubmitted = true
    this.#resolveSubmitted()
  }

  #add ({ accepted, rejected, consumed, unkeyed, unparsedTimes, committed, duplicates, durability }) {
    const result = this.#result
    result.accepted += accepted
    result.unkeyed += unkeyed
    result.unparsedTimes += unparsedTimes
    result.committed += committed
    result.duplicates += duplicates
    result.durability = durability
    result.consumed += this.#events === undefined ? consumed : accepted + rejected.length
    result.rejected.push(...rejected)
  }

  #outcome () {
    const { durability, committed, duplicates, ...result } = this.#result
    return this.#how.durable ? { ...result, committed, duplicates, durability: nameOf(DURABILITY, durability) } : result
  }

  /** Combines how much the write consumed, in events or bytes, and the outcome of its events. */
  #failed (error) {
    const { accepted, committed, duplicates } = this.#result
    error.committed = committed + (error.committed ?? 0)
    // Earlier slices succeeded. Those of a durable write are committed.
    error.queued = (this.#how.durable ? 0 : accepted - committed - duplicates) + (error.queued ?? 0)
    error.withdrawn ??= 0
    error.consumed = this.#result.consumed + ((this.#events === undefined ? error.consumed : error.records) ?? 0)
    delete error.records
    return error
  }
}

/** Returns the events of an argument; undefined for bytes and texts. */
function eventsOf (data) {
  if (typeof data === 'string' || ArrayBuffer.isView(data) || isAnyArrayBuffer(data)) return undefined
  if (Array.isArray(data)) return data
  if (isEvent(data)) return [data]
  throw invalid(`write() takes an event, an array of events, bytes or a text, not ${kindOf(data)}`)
}

module.exports = { Writer }
