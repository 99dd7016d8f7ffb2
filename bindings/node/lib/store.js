'use strict'

const { fileURLToPath } = require('node:url')
const { addon, now, loggers } = require('./native')
const { COUNT_BY, DURABILITY, HEALTH, LOG_LEVEL } = require('./constants')
const { Context, WAIT } = require('./context')
const { SeerflowError, invalid } = require('./errors')
const { parseRecords } = require('./json')
const { events, follow, ndjson, page } = require('./query')
const { duration, member, nameOf, nanoseconds } = require('./check')
const { kindOf, optionsOf } = require('./options')
const { Writer } = require('./write')
const { Alerts } = require('./alerts')
const { Entities, Edges } = require('./entities')
const { Graph } = require('./graph')
const { Models, SigmaRules, Templates } = require('./state')

const CLOSE_TIMEOUT = 10_000
const EXIT_TIMEOUT = 5_000
const MINUTE = 60_000_000_000n
const FOREVER = 2n ** 63n - 1n

/** The options of open(). */
const OPTIONS = {
  path: undefined, file: undefined, env: false, config: {}, log: undefined, logLevel: 'info', exitTimeout: EXIT_TIMEOUT, timestamps: 'bigint',
  signal: undefined
}
/** What maintenance may take: as long as it does. */
const UNBOUNDED = { ...WAIT, timeout: -1 }
const WINDOW = { from: 0n, to: FOREVER, ...WAIT }

let stores = 0

class Store {
  #context
  #native
  #writer
  #number = ++stores
  #closing

  constructor (given) {
    const { path, file, env, config, log, logLevel, exitTimeout, timestamps } = optionsOf(given, OPTIONS, 'open()')
    const set = []
    for (const [key, value] of Object.entries(config)) {
      if (!['string', 'number', 'boolean', 'bigint'].includes(typeof value)) throw invalid(`open(): config: ${key} is a text, a number or a boolean, not ${kindOf(value)}`)
      set.push(key, String(value))
    }
    if (path !== undefined) set.push('storage.sqlite_path', pathOf(path))
    const level = log === undefined ? 0 : member(LOG_LEVEL, logLevel, 'logLevel')
    const time = member({ bigint: BigInt, number: Number }, timestamps, 'timestamps')
    this.#native = now(() => new addon.Store({ file: pathOf(file), env: Boolean(env), set, level }, this.#number, exitTimeout))
    this.#context = new Context(this.#native, time)
    this.#writer = new Writer(this.#context)
    this.alerts = new Alerts(this.#context)
    this.edges = new Edges(this.#context)
    this.entities = new Entities(this.#context)
    this.graph = new Graph(this.#context)
    this.models = new Models(this.#context)
    this.sigmaRules = new SigmaRules(this.#context)
    this.templates = new Templates(this.#context)
    if (log !== undefined) loggers.set(this.#number, (number, text) => log(nameOf(LOG_LEVEL, number), text))
  }

  static async open (options) {
    const store = new Store(options)
    try {
      await store.#call(options?.signal ?? undefined, (number) => store.#native.start(number))
    } catch (error) {
      await store.close({ timeout: 0 })
      throw error
    }
    return store
  }

  get path () {
    return this.#native.path()
  }

  write (data, options) {
    return this.#writer.write(data, options)
  }

  async flush (options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'flush()')
    if (this.#writer.handedOver !== undefined) await this.#writer.handedOver
    return this.#call(signal, (number) => this.#native.flush(number, timeout))
  }

  async close (options) {
    const { timeout } = optionsOf(options, { timeout: CLOSE_TIMEOUT }, 'close()')
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  async #close (timeout) {
    this.#writer.close()
    const lost = await this.#call(undefined, (number) => this.#native.close(number, timeout))
    loggers.delete(this.#number)
    if (lost > 0) throw new SeerflowError({ code: 'lost', message: `closed, ${lost} accepted records are not stored`, lost })
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] () {
    await this.close()
  }

  query (query) {
    return events(this.#context, query, 'query()')
  }

  queryNdjson (query) {
    return ndjson(this.#context, query)
  }

  queryPage (query) {
    return page(this.#context, query, 'queryPage()')
  }

  async search (text, query) {
    if (typeof text !== 'string') throw invalid(`search() takes words to be found, not ${kindOf(text)}`)
    const found = await page(this.#context, { ...query, text }, 'search()')
    return found.events
  }

  timeline (entity, query) {
    return events(this.#context, query, 'timeline()', entity)
  }

  follow (query) {
    return follow(this.#context, query)
  }

  async event (eventId, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'event()')
    const { text } = await this.#call(signal, (number) => this.#native.event(number, eventId, timeout))
    const [event] = await parseRecords(text, this.#context.time)
    return event
  }

  async histogram (query) {
    const { from, to, bucket, split, timeout, signal } = optionsOf(query, { ...WINDOW, from: undefined, to: undefined, bucket: MINUTE, split: undefined }, 'histogram()')
    const by = split === undefined ? undefined : member(COUNT_BY, split, 'what a histogram is split by')
    const window = [required(from, 'from', 'histogram()'), required(to, 'to', 'histogram()')]
    return this.#context.list(signal, (number) => this.#native.histogram(number, ...window, duration(bucket, 'bucket'), by, timeout))
  }

  async countBy (by, query) {
    const { from, to, limit, timeout, signal } = optionsOf(query, { ...WINDOW, limit: 100 }, 'countBy()')
    const what = member(COUNT_BY, by, 'what events are counted by')
    return this.#context.list(signal, (number) => this.#native.countBy(number, what, nanoseconds(from, 'from'), nanoseconds(to, 'to'), limit, timeout))
  }

  async distinct (by, query) {
    const { from, to, timeout, signal } = optionsOf(query, WINDOW, 'distinct()')
    const what = member(COUNT_BY, by, 'what events are counted by')
    return this.#call(signal, (number) => this.#native.distinct(number, what, nanoseconds(from, 'from'), nanoseconds(to, 'to'), timeout))
  }

  async deadLetters (query) {
    const { before, limit, timeout, signal } = optionsOf(query, { before: FOREVER, limit: 100, ...WAIT }, 'deadLetters()')
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

  async summary (options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'summary()')
    const { made_by_seerflow: adopted, ...summary } = await this.#call(signal, (number) => this.#native.summary(number, timeout))
    for (const key of ['oldest_ns', 'newest_ns']) if (summary[key] !== undefined) summary[key] = this.#context.time(summary[key])
    return { ...summary, made_by_seerflow: adopted !== 0 }
  }

  async prune (options) {
    const { before, maxBytes, timeout, signal } = optionsOf(options, { before: undefined, maxBytes: undefined, ...UNBOUNDED }, 'prune()')
    return this.#call(signal, (number) => this.#native.prune(number, nanoseconds(before, 'before'), maxBytes, timeout))
  }

  async backup (target, options) {
    const { timeout, signal } = optionsOf(options, UNBOUNDED, 'backup()')
    return this.#call(signal, (number) => this.#native.backup(number, pathOf(target), timeout))
  }

  async checkpoint () {
    return this.#call(undefined, (number) => this.#native.checkpoint(number))
  }

  async check (options) {
    const { text, timeout, signal } = optionsOf(options, { text: false, ...UNBOUNDED }, 'check()')
    return this.#call(signal, (number) => this.#native.check(number, Boolean(text), timeout))
  }

  #call (signal, begin) {
    return this.#context.call(signal, begin)
  }
}

function pathOf (path) {
  return path instanceof URL ? fileURLToPath(path) : path
}

function required (time, name, what) {
  if (time === undefined) throw invalid(`${what} needs ${name}`)
  return nanoseconds(time, name)
}

module.exports = { Store, OPTIONS }
