'use strict'

const { fileURLToPath } = require('node:url')
const { addon, call, now } = require('./native')
const { CHECK, COUNT_BY, DURABILITY, LOG_LEVEL, STATE, STATUS } = require('./constants')
const { Context, WAIT } = require('./context')
const { SeerflowError, invalid } = require('./errors')
const { FILTERS, events, filtersOf, follow, ndjson, page } = require('./query')
const { duration, member, nameOf, nanoseconds } = require('./check')
const { kindOf, optionsOf } = require('./options')
const { asRecord } = require('./to_json')
const { Writer } = require('./write')
const { Alerts } = require('./alerts')
const { Entities, Edges } = require('./entities')
const { Graph } = require('./graph')
const { Models, SigmaRules, Templates } = require('./state')

const CLOSE_TIMEOUT = 10_000
const EXIT_TIMEOUT = 5_000
const MINUTE = 60_000_000_000n

/** The options of open(). */
const OPTIONS = {
  path: undefined, file: undefined, env: false, config: {}, readOnly: false, mustExist: false, shared: false, log: undefined, logLevel: 'info', exitTimeout: EXIT_TIMEOUT, timestamps: 'bigint',
  ...WAIT
}
/** Maintenance has no timeout by default. */
const UNBOUNDED = { ...WAIT, timeout: -1 }

/** The properties by which events are counted. */
const { none: TOGETHER, rule: _, ...BY } = COUNT_BY

class Store {
  #context
  #native
  #writer
  #closing

  constructor (given) {
    const { path, file, env, config, readOnly, mustExist, shared, log, logLevel, exitTimeout, timestamps } = optionsOf(given, OPTIONS, 'open()')
    const set = []
    for (const [key, value] of Object.entries(config)) {
      if (!['string', 'number', 'boolean', 'bigint'].includes(typeof value)) throw invalid(`open(): config: ${key} must be a text, a number or a boolean, not ${kindOf(value)}`)
      set.push(key, String(value))
    }
    if (path !== undefined) set.push('storage.sqlite_path', pathOf(path))
    if (readOnly) set.push('storage.read_only', 'true')
    if (mustExist) set.push('storage.must_exist', 'true')
    const level = log === undefined ? 0 : member(LOG_LEVEL, logLevel, 'logLevel')
    const time = member({ bigint: BigInt, number: Number }, timestamps, 'timestamps')
    const pass = log && ((number, text) => log(nameOf(LOG_LEVEL, number), text))
    this.#native = now(() => new addon.Store({ file: pathOf(file), env: Boolean(env), set, level, shared: Boolean(shared) }, pass, exitTimeout))
    this.#context = new Context(this.#native, time)
    this.#writer = new Writer(this.#context)
    this.alerts = new Alerts(this.#context)
    this.edges = new Edges(this.#context)
    this.entities = new Entities(this.#context)
    this.graph = new Graph(this.#context)
    this.models = new Models(this.#context)
    this.sigmaRules = new SigmaRules(this.#context)
    this.templates = new Templates(this.#context)
  }

  static async open (options) {
    const store = new Store(options)
    try {
      await store.#context.call('open', optionsOf(options, OPTIONS, 'open()'))
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
    if (this.#writer.submitted !== undefined) await this.#writer.submitted
    return call(signal, (settle) => this.#native.flush(settle, timeout))
  }

  async close (options) {
    const { timeout } = optionsOf(options, { timeout: CLOSE_TIMEOUT }, 'close()')
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  async #close (timeout) {
    this.#writer.close()
    const lost = await call(undefined, (settle) => this.#native.close(settle, timeout))
    if (lost > 0) throw new SeerflowError({ code: 'lost', message: `the store is closed, but ${lost} accepted records were not stored`, lost })
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
    if (typeof text !== 'string') throw invalid(`search() takes the words to find, not ${kindOf(text)}`)
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
    return this.#context.one('event', optionsOf(options, WAIT, 'event()'), { id: eventId })
  }

  async histogram (given) {
    const query = optionsOf(given, { ...FILTERS, bucket: MINUTE, split: undefined, ...WAIT }, 'histogram()')
    const split = query.split === undefined ? TOGETHER : member(BY, query.split, 'histogram(): split')
    return this.#context.list('eventHistogram', query, { ...filtersOf(query), number: duration(query.bucket, 'bucket'), member: split })
  }

  async countBy (by, given) {
    const query = optionsOf(given, { ...FILTERS, limit: 100, ...WAIT }, 'countBy()')
    return this.#context.list('countEvents', query, { ...filtersOf(query), limit: query.limit, member: countedBy(by) })
  }

  async distinct (by, given) {
    const query = optionsOf(given, { ...FILTERS, ...WAIT }, 'distinct()')
    return this.#context.call('distinctEvents', query, { ...filtersOf(query), member: countedBy(by) })
  }

  async * deadLetters (given) {
    const query = optionsOf(given, { limit: Infinity, pageSize: 500, ...WAIT }, 'deadLetters()')
    yield * this.#context.records('queryDeadLetters', query, {})
  }

  stats () {
    const { durability, ...counters } = now(() => this.#native.stats())
    return { ...counters, durability: nameOf(DURABILITY, durability) }
  }

  health () {
    const { state, cause, reason, lastError, degraded_since_ns: since, ...queue } = now(() => this.#native.health())
    const failing = since === undefined ? {} : { reason, cause: nameOf(STATUS, cause), degraded_since_ns: this.#context.time(since) }
    return asRecord({ state: nameOf(STATE, state), reason: undefined, lastError: lastError || undefined, ...failing, ...queue })
  }

  metrics () {
    return now(() => this.#native.metrics())
  }

  async summary (options) {
    const { made_by_seerflow: adopted, ...summary } = await this.#context.call('summary', optionsOf(options, WAIT, 'summary()'))
    for (const key of ['oldest_ns', 'newest_ns']) if (summary[key] !== undefined) summary[key] = this.#context.time(summary[key])
    return asRecord({ ...summary, made_by_seerflow: adopted !== 0 })
  }

  async prune (options) {
    const { before, maxBytes, ...wait } = optionsOf(options, { before: undefined, maxBytes: undefined, ...UNBOUNDED }, 'prune()')
    return this.#context.call('prune', wait, { time: nanoseconds(before, 'before'), number: maxBytes })
  }

  async backup (target, options) {
    return this.#context.call('backup', optionsOf(options, UNBOUNDED, 'backup()'), { id: pathOf(target) })
  }

  async checkpoint (options) {
    return this.#context.call('checkpoint', optionsOf(options, WAIT, 'checkpoint()'))
  }

  async check (options) {
    const { text, ...wait } = optionsOf(options, { text: false, ...UNBOUNDED }, 'check()')
    const findings = await this.#context.list('check', wait, { member: text ? CHECK.structure + CHECK.text : CHECK.structure })
    return findings.map((finding) => finding.text)
  }
}

function pathOf (path) {
  return path instanceof URL ? fileURLToPath(path) : path
}

function countedBy (by) {
  return member(BY, by, 'the property to count events by')
}

module.exports = { Store, OPTIONS }
