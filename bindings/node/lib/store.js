'use strict'

const { addon, now, loggers } = require('./native')
const { COUNT_BY, DURABILITY, HEALTH, LOG_LEVEL } = require('./constants')
const { Context, TIMEOUT } = require('./context')
const { SeerflowError } = require('./errors')
const { encodeEvents } = require('./msgpack')
const { parseRecords } = require('./json')
const { events, follow, ndjson, page } = require('./query')
const { idOf, invalid, member, nameOf, nanoseconds } = require('./check')
const { Alerts } = require('./alerts')
const { Entities, Edges } = require('./entities')
const { Graph } = require('./graph')
const { Models, SigmaRules, Templates } = require('./state')

const CLOSE_TIMEOUT = 10_000
const EXIT_TIMEOUT = 5_000
const MINUTE = 60_000_000_000n
const FOREVER = 2n ** 63n - 1n

let stores = 0

class Store {
  #context
  #native
  #number = ++stores
  #closing

  constructor (options) {
    if (options === null || typeof options !== 'object') throw invalid('open() takes an object of options')
    const { path, file, env = false, config = {}, log, logLevel = 'info', exitTimeout = EXIT_TIMEOUT, timestamps = 'bigint' } = options
    const set = Object.entries(config).flatMap(([key, value]) => [key, String(value)])
    if (path !== undefined) set.push('storage.sqlite_path', String(path))
    const level = log === undefined ? 0 : member(LOG_LEVEL, logLevel, 'logLevel')
    const time = member({ bigint: BigInt, number: Number }, timestamps, 'timestamps')
    this.#native = now(() => new addon.Store({ file, env: Boolean(env), set, level }, this.#number, exitTimeout))
    this.#context = new Context(this.#native, time)
    this.alerts = new Alerts(this.#context)
    this.edges = new Edges(this.#context)
    this.entities = new Entities(this.#context)
    this.graph = new Graph(this.#context)
    this.models = new Models(this.#context)
    this.sigmaRules = new SigmaRules(this.#context)
    this.templates = new Templates(this.#context)
    if (log !== undefined) loggers.set(this.#number, (number, text) => log(nameOf(LOG_LEVEL, number), text))
  }

  static async open (options = {}) {
    const store = new Store(options)
    try {
      await store.#call(options.signal, (number) => store.#native.start(number))
    } catch (error) {
      await store.close({ timeout: 0 })
      throw error
    }
    return store
  }

  get path () {
    return this.#native.path()
  }

  async write (data, options = {}) {
    const { signal, format, complete = true, ...how } = options
    const isEvents = Array.isArray(data) || (data !== null && typeof data === 'object' && !isBytes(data))
    if (isEvents && format !== undefined) throw invalid('format is for bytes and texts')
    const bytes = isEvents ? encodeEvents(Array.isArray(data) ? data : [data]) : data
    const kind = isEvents ? 'msgpack' : format ?? 'ndjson'
    try {
      const { accepted, duplicates, rejected, consumed, durability } =
        await this.#call(signal, (number) => this.#native.write(number, bytes, kind, { ...how, durable: Boolean(how.durable), keepRaw: Boolean(how.keepRaw), complete: Boolean(complete) }))
      const result = { accepted, rejected, consumed: isEvents ? accepted + rejected.length : consumed }
      return how.durable ? { ...result, duplicates, durability: nameOf(DURABILITY, durability) } : result
    } catch (error) {
      // How far a write came: in events for events, else in bytes.
      if (error.records !== undefined && isEvents) error.consumed = error.records
      delete error.records
      throw error
    }
  }

  flush ({ timeout = TIMEOUT, signal } = {}) {
    return this.#call(signal, (number) => this.#native.flush(number, timeout))
  }

  close ({ timeout = CLOSE_TIMEOUT } = {}) {
    this.#closing ??= this.#call(undefined, (number) => this.#native.close(number, timeout)).then((lost) => {
      loggers.delete(this.#number)
      return { lost }
    })
    return this.#closing
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] () {
    const { lost } = await this.close()
    if (lost > 0) throw new SeerflowError({ code: 'timeout', message: `closed with ${lost} events that could not be stored`, retriable: false })
  }

  query (query = {}) {
    return events(this.#context, query)
  }

  queryNdjson (query = {}) {
    return ndjson(this.#context, query)
  }

  queryPage (query = {}) {
    return page(this.#context, query)
  }

  async search (text, query = {}) {
    const found = await page(this.#context, { ...query, text })
    return found.events
  }

  timeline (entity, query = {}) {
    return events(this.#context, { ...query, order: query.order ?? 'oldest', entity: idOf(entity) })
  }

  follow (query = {}) {
    return follow(this.#context, query)
  }

  async event (eventId, { timeout = TIMEOUT, signal } = {}) {
    const { text } = await this.#call(signal, (number) => this.#native.event(number, eventId, timeout))
    return parseRecords(text, this.#context.time)[0]
  }

  histogram ({ from, to, bucket = MINUTE, split, timeout = TIMEOUT, signal }) {
    const by = split === undefined ? undefined : member(COUNT_BY, split, 'what a histogram is split by')
    return this.#context.list(signal, (number) =>
      this.#native.histogram(number, nanoseconds(from), nanoseconds(to), nanoseconds(bucket), by, timeout))
  }

  countBy (by, { from = 0n, to = FOREVER, limit = 100, timeout = TIMEOUT, signal } = {}) {
    const what = member(COUNT_BY, by, 'what events are counted by')
    return this.#context.list(signal, (number) => this.#native.countBy(number, what, nanoseconds(from), nanoseconds(to), limit, timeout))
  }

  distinct (by, { from = 0n, to = FOREVER, timeout = TIMEOUT, signal } = {}) {
    const what = member(COUNT_BY, by, 'what events are counted by')
    return this.#call(signal, (number) => this.#native.distinct(number, what, nanoseconds(from), nanoseconds(to), timeout))
  }

  deadLetters ({ before = FOREVER, limit = 100, timeout = TIMEOUT, signal } = {}) {
    return this.#context.list(signal, (number) => this.#native.deadLetters(number, before, limit, timeout))
  }

  stats () {
    const { durability, ...counters } = now(() => this.#native.stats())
    return { ...counters, durability: nameOf(DURABILITY, durability) }
  }

  health () {
    const { state, reason, lastError } = now(() => this.#native.health())
    return { state: nameOf(HEALTH, state), reason: reason || undefined, lastError: lastError || undefined }
  }

  async summary ({ timeout = TIMEOUT, signal } = {}) {
    const { made_by_seerflow: adopted, ...summary } = await this.#call(signal, (number) => this.#native.summary(number, timeout))
    for (const key of ['oldest_ns', 'newest_ns']) if (summary[key] !== undefined) summary[key] = this.#context.time(summary[key])
    return { ...summary, made_by_seerflow: adopted !== 0 }
  }

  prune ({ before, maxBytes, timeout = -1, signal } = {}) {
    return this.#call(signal, (number) => this.#native.prune(number, nanoseconds(before), maxBytes, timeout))
  }

  backup (target, { timeout = -1, signal } = {}) {
    return this.#call(signal, (number) => this.#native.backup(number, target, timeout))
  }

  checkpoint () {
    return this.#call(undefined, (number) => this.#native.checkpoint(number))
  }

  check ({ text = false, timeout = -1, signal } = {}) {
    return this.#call(signal, (number) => this.#native.check(number, Boolean(text), timeout))
  }

  #call (signal, begin) {
    return this.#context.call(signal, begin)
  }
}

function isBytes (data) {
  return ArrayBuffer.isView(data) || data instanceof ArrayBuffer
}

module.exports = { Store }
