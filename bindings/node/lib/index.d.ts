/**
 * Security log events into the database that a running Seerflow reads, from inside a Node process.
 *
 * ```js
 * import { open } from 'seerflow'
 *
 * const store = await open({ path: 'events.db' })
 * await store.write([{ message: 'Failed password for root', severity_id: 3, related_ips: ['203.0.113.66'] }], { durable: true })
 * for await (const event of store.query({ text: 'failed password' })) console.log(event.message)
 * await store.close()
 * ```
 *
 * Nothing here blocks the event loop, and nothing uses libuv's thread pool: a store has threads of its own.
 *
 * @packageDocumentation
 */

/**
 * A Date, or nanoseconds since 1970-01-01 00:00 UTC. Numbers are nanoseconds too (exact to 256 ns today): one that is no nanoseconds of
 * this century, such as the milliseconds of `Date.now()`, is refused. Give `new Date()`.
 */
export type TimeInput = bigint | number | Date

/**
 * Nanoseconds since 1970-01-01 00:00 UTC, as they are read: a BigInt, or a number in a store that was opened with
 * `timestamps: 'number'`. State the second as `Store<number>`.
 */
export type Time = bigint | number

/** A record whose times may be given as Dates too. */
export type WithTimes<R> = { [K in keyof R]: Extract<R[K], bigint> extends never ? R[K] : R[K] | Date }

/** What a call failed with, as {@link SeerflowError.code}. */
export type ErrorCode =
  | 'invalid' | 'config' | 'not_found' | 'again' | 'timeout' | 'interrupted' | 'closed' | 'forked' | 'panic' | 'io' | 'database'
  | 'corrupt' | 'full' | 'busy' | 'schema' | 'unsupported' | 'permission' | 'limit' | 'conflict' | 'lost' | 'unknown'

/**
 * What every call of this package fails with. The message names what failed, where and why, and holds no password; the stack leads to
 * where the call was awaited. `instanceof` holds for errors of another copy of the package too.
 */
export declare class SeerflowError extends Error {
  private constructor (failure: never)
  readonly name: 'SeerflowError'
  /** What kind of failure it is. */
  readonly code: ErrorCode
  /**
   * Whether the same call may succeed later and does nothing twice. A write is to be made again with what follows `consumed`: it is
   * retriable if no event of it is left in the queue, or each of them has a key.
   */
  readonly retriable: boolean
  /** Of a write: how far it came, in events for events, else in bytes. What follows was not taken, or was taken back. */
  readonly consumed?: number
  /** Of a write: events that are committed and were new. */
  readonly committed?: number
  /** Of a write: events that were in the queue or in a transaction; they are stored later. */
  readonly queued?: number
  /** Of a write: events that were taken back; they are not stored. */
  readonly withdrawn?: number
  /** Of `close()`, with the code `lost`: accepted records that could not be stored. */
  readonly lost?: number
  /** Why the signal was aborted, for `interrupted`. */
  readonly cause?: unknown
}

/** How important a log record of the library is. */
export type LogLevel = 'error' | 'warning' | 'info' | 'debug'

/** How {@link open} opens a store. Later sources overrule earlier ones: `file`, `env`, `config`, `path`. */
export interface OpenOptions<T extends 'bigint' | 'number' = 'bigint'> {
  /** The database file. Its directory and tables are made if they are missing. */
  path?: string | URL
  /** A YAML file with a `storage` section, such as Seerflow's own `seerflow.yaml`. */
  file?: string | URL
  /** Take options from the environment: `SEERFLOW_STORAGE_DURABILITY` sets `storage.durability`, and so on. */
  env?: boolean
  /** Options by their key, such as `'storage.flush_interval_ms': 50`; {@link configOptions} lists them. */
  config?: Record<string, string | number | boolean>
  /** Gets the library's log records. Records are dropped while a thousand wait for the event loop. */
  log?: (level: LogLevel, text: string) => void
  /** The least important records that `log` gets; `info` by default. */
  logLevel?: LogLevel
  /**
   * How long the end of the process or of the worker waits for what is not stored yet, in milliseconds; 5,000 by default. What cannot be
   * stored by then is said in one line on stderr, and an exit code of 0 becomes 1.
   */
  exitTimeout?: number
  /** How times are read: as BigInt (the default), or as numbers, which are exact to 256 ns. */
  timestamps?: T
  /** How long the opening may take, in milliseconds; negative is no bound, 30,000 the default. */
  timeout?: number
  /** Interrupts the opening. */
  signal?: AbortSignal | null
}

/** What a call that may wait accepts. An option that a call does not know fails with `invalid`. */
export interface CallOptions {
  /** How long it may take, in milliseconds; negative is no bound, 30,000 the default. */
  timeout?: number
  /** Interrupts it: it fails with the code `interrupted`, the cause being the signal's reason. */
  signal?: AbortSignal | null
}

/**
 * An event to be written. All fields may be left out. Keys that are no fields become attributes too, whatever the type of the object; in an
 * object literal they belong under `attributes`, so that a misspelt field is found. `toJSON()` of an instance is heeded.
 */
export interface EventInput {
  /** Identity, a UUID; the same id is stored once. Made (time-ordered) when absent. */
  event_id?: string
  /** When it happened. The present when absent. */
  timestamp_ns?: TimeInput
  /** When the collector saw it. The present when absent. */
  observed_ns?: TimeInput
  /** W3C trace id, hex. */
  trace_id?: string
  /** W3C span id, hex. */
  span_id?: string
  /** 0 trace, 1 informational (the default), 2 notice, 3 warning, 4 error, 5 critical, 6 fatal. */
  severity_id?: number
  /** OpenTelemetry severity number, 1 to 24; 9 is the default. */
  otel_severity?: number
  /** ECS event.kind: `event` (the default), `alert`, `metric`, `state`. */
  event_kind?: string
  /** ECS event.category. */
  event_category?: string
  /** ECS event.type. */
  event_type?: string
  /** ECS event.outcome: `success`, `failure`, `unknown`. */
  event_outcome?: string
  /** ECS event.action. */
  event_action?: string
  /** OCSF category. */
  category_uid?: number
  /** OCSF class. */
  class_uid?: number
  /** OCSF type: class_uid * 100 + activity_id. */
  type_uid?: number
  /** OCSF activity. */
  activity_id?: number
  /** The message that text search sees. */
  message?: string
  /** The record's structured body, any value. */
  body?: unknown
  /** What kind of source: `syslog`, `sshd`, `nginx`. */
  source_type?: string
  /** Which source: usually a host name. */
  source_id?: string
  /** Sigma logsource category. */
  log_source_category?: string
  /** Sigma logsource product. */
  log_source_product?: string
  /** Sigma logsource service. */
  log_source_service?: string
  /** The template (log pattern) that matched; -1 for none. */
  template_id?: number
  /** The template's text, with `<*>` for its variables. */
  template_str?: string
  /** What stood at the variables. */
  template_params?: readonly string[]
  /** Ids of the entities that the event touches; computed from the related lists when empty. */
  entity_refs?: readonly string[]
  /** IP addresses. */
  related_ips?: readonly string[]
  /** Users: `name`, `DOMAIN\name` or `name@domain`. */
  related_users?: readonly string[]
  /** Host names. */
  related_hosts?: readonly string[]
  /** File paths. */
  related_files?: readonly string[]
  /** DNS domains. */
  related_domains?: readonly string[]
  /** Processes: `name:pid`, `name` or `pid`. */
  related_processes?: readonly string[]
  /** Hashes: `algo:lowerhex`. */
  related_hashes?: readonly string[]
  /** MITRE ATT&CK tactics. */
  mitre_tactics?: readonly string[]
  /** MITRE ATT&CK techniques: `T1053`, `T1053.005`. */
  mitre_techniques?: readonly string[]
  /** Risk, 0 to 100 by convention. */
  risk_score?: number
  /** Anomaly, 0 to 1 by convention. */
  anomaly_score?: number
  /** Confidence, 0 to 1; 1 is the default. */
  confidence?: number
  /**
   * Further attributes of the record. Texts, numbers, BigInts, booleans and null are stored as they are, Dates as ISO texts; objects, arrays,
   * Maps, Sets, Errors (`{ name, message, stack }`) and bytes as their JSON text, for Seerflow reads no others. What is undefined or a
   * function is left out.
   */
  attributes?: object
  /** Free labels. */
  tags?: readonly string[]
  /** The record as it came, where the sender keeps it. */
  raw_event?: string
  /** Attributes of the resource (OpenTelemetry) that emitted the record. */
  resource_attrs?: { readonly [key: string]: string }
}

/** An event as it is read. Fields at their default are left out. */
export interface Event<T extends Time = bigint> {
  event_id: string
  timestamp_ns: T
  observed_ns: T
  trace_id?: string
  span_id?: string
  severity_id?: number
  otel_severity?: number
  event_kind?: string
  event_category?: string
  event_type?: string
  event_outcome?: string
  event_action?: string
  category_uid?: number
  class_uid?: number
  type_uid?: number
  activity_id?: number
  message?: string
  /** As it was given; bytes are Buffers, integers beyond `Number.MAX_SAFE_INTEGER` BigInts, maps with keys that are no texts Maps. */
  body?: unknown
  source_type?: string
  source_id?: string
  log_source_category?: string
  log_source_product?: string
  log_source_service?: string
  template_id?: number
  template_str?: string
  template_params?: string[]
  entity_refs?: string[]
  related_ips?: string[]
  related_users?: string[]
  related_hosts?: string[]
  related_files?: string[]
  related_domains?: string[]
  related_processes?: string[]
  related_hashes?: string[]
  mitre_tactics?: string[]
  mitre_techniques?: string[]
  risk_score?: number
  anomaly_score?: number
  confidence?: number
  /** Integers beyond `Number.MAX_SAFE_INTEGER` are BigInts. Of a name that is stored twice it is the last value, as Seerflow reads it. */
  attributes?: Record<string, unknown>
  tags?: string[]
  raw_event?: string
  resource_attrs?: Record<string, string>
}

/** How {@link Store.write} writes. */
export interface WriteOptions extends CallOptions {
  /** End when all is committed, instead of when all is in the queue. Commits of concurrent writes are shared. */
  durable?: boolean
  /**
   * Only with `durable`: if the write fails, take back its events that are in no running transaction. They are not stored, and `consumed`
   * of the error is where they begin. Other writes wait until such a write ends.
   */
  withdraw?: boolean
  /**
   * The name of the attribute that is the record key: a text or an integer that names the record alone among all of the store. The id of an
   * event without one is made of it alone, so that a record that is sent again in another batch is stored once. It is the whole
   * key of an attribute, not a path. OpenTelemetry and Fluent have `log.record.uid` by default.
   */
  recordKeyField?: string
  /**
   * With a batch key, events without an id get one that is made of the key, their index and their time: the same write made twice, by
   * whichever process, stores its events once.
   */
  batchKey?: string
  /** The index of the first record, for a write that goes on where another one with the same batch key ended. */
  firstIndex?: number
  /**
   * What bytes and texts are: `ndjson`, one JSON object a line, is the default; `msgpack`, maps one after the other or one array of
   * them; `lines`, log lines; `otlp`, one request of OpenTelemetry as protobuf; `otlp-json`, such requests as JSON, one after the
   * other; `fluent`, records and messages of Fluent Forward.
   */
  format?: 'ndjson' | 'msgpack' | 'lines' | 'otlp' | 'otlp-json' | 'fluent'
  /**
   * The input ends here (the default), and an incomplete last line is a line. False, for a stream: an incomplete last record stays with
   * the caller; `consumed` tells. Give it again with more input behind it.
   */
  complete?: boolean
  /** `source_type` of events that do not say. */
  sourceType?: string
  /** `source_id` of events that do not say. */
  sourceId?: string
  /** A tag, such as Fluent Bit's: kept as the attribute `tag`, and as `source_type` of events for which neither they nor `sourceType` say one. */
  tag?: string
  /** The time zone of log lines without an offset, such as `Europe/Berlin`; UTC by default. */
  timezone?: string
  /** Keep each log line whole in `raw_event`. */
  keepRaw?: boolean
}

/** What became of a write. */
export interface WriteResult {
  /** Events that were accepted; after a durable write they are committed. */
  accepted: number
  /** Records that could not become events, by their index; they are kept as dead letters. */
  rejected: Array<{ index: number, reason: string }>
  /** How much was taken: events for events, else bytes. Less than all only with `complete: false`. */
  consumed: number
  /** Events without the attribute that `recordKeyField` names; they got an ordinary id. */
  unkeyed: number
}

/** What became of a durable write. */
export interface DurableResult extends WriteResult {
  /** Accepted events that are committed and were new. */
  committed: number
  /** Accepted events whose id was stored before. */
  duplicates: number
  /** What the commit survives: the death of the process, or the loss of power. */
  durability: 'none' | 'process' | 'power'
}

/** An entity: its id as {@link entityId} makes it, or its type and value. */
export type EntityInput = string | { type: EntityType, value: string }

/** What kind of thing an entity is. */
export type EntityType = 'user' | 'ip' | 'host' | 'process' | 'file' | 'domain'

/**
 * A time window, `[from, to)`: from one time up to, but not including, another one. Of two windows side by side each record is in
 * one. Without an end there is no bound on that side.
 */
export interface TimeRange {
  /** The first time of the window. */
  from?: TimeInput
  /** The end of the window, which is not in it. */
  to?: TimeInput
}

/** Which events. All filters must hold together. */
export interface EventFilters extends TimeRange {
  /** Exactly this source type. */
  sourceType?: string
  /** Exactly this source id. */
  sourceId?: string
  /** This severity, 0 to 6, or a higher one. */
  minSeverity?: number
  /** Exactly this template. */
  templateId?: number
  /** Events that touch this entity. */
  entity?: EntityInput
  /** Messages with all these words, in any inflection; words in double quotes must stand side by side. */
  text?: string
}

/** Which events, in which order. */
export interface EventQuery extends EventFilters, CallOptions {
  /** By time, newest first (the default) or oldest first, or by arrival, first come first. */
  order?: 'newest' | 'oldest' | 'arrival'
  /** At most so many events; all by default. */
  limit?: number
  /** Events asked for at once, 1 to 100,000; 500 by default. */
  pageSize?: number
  /** Goes on where a page ended. */
  cursor?: string
}

/** Which page of events. */
export interface PageQuery extends EventFilters, CallOptions {
  order?: EventQuery['order']
  /** Events a page, 1 to 100,000; 100 by default. */
  limit?: number
  /** Which page, from 1. It costs what it skips: prefer a cursor. */
  page?: number
  /** Goes on where a page ended, the filters and the order being the same. */
  cursor?: string
  /** Count all that match: `exact`, or up to this number. Not by default, since counting costs. */
  total?: 'none' | 'exact' | number
}

/** A page of events. */
export interface EventPage<T extends Time = bigint> {
  events: Array<Event<T>>
  /** Where the next page begins; undefined if this was the last. */
  nextCursor?: string
  /** The place of the last event, for asking later what came after it; undefined for an empty page. */
  lastCursor?: string
  /** How many match in all, if it was asked for. */
  total?: number
}

/** Which events to follow. */
export interface FollowQuery extends EventFilters {
  /** Begin behind this cursor; by default behind what is stored now. */
  after?: string
  /** How often to look when nothing came, in milliseconds; 250 by default. */
  interval?: number
  /** Events asked for at once; 500 by default. */
  pageSize?: number
  /** Ends the following: the loop ends without an error. */
  signal?: AbortSignal | null
}

/** What events are counted by. */
export type CountBy = 'source' | 'host' | 'template' | 'severity' | 'entity'

/** A value and how many records have it. */
export interface Counted { value: string, count: number }

/** A bucket of a histogram. Buckets without records are left out. */
export interface Bucket<T extends Time = bigint> {
  start_ns: T
  count: number
  /** Of which value the records are; empty in a histogram that is not split. */
  value?: string
}

/** A record that could not become an event. */
export interface DeadLetter<T extends Time = bigint> {
  id: number
  received_ns: T
  format: 'struct' | 'msgpack' | 'ndjson' | 'lines' | 'otlp' | 'otlp-json' | 'fluent'
  reason: string
  payload: string | Buffer
}

/** Counters since the store was opened. Times are nanoseconds. */
export interface Stats {
  accepted: number
  committed: number
  duplicates: number
  rejected: number
  commits: number
  retries: number
  queue_events: number
  queue_bytes: number
  last_commit_ns: number
  longest_commit_ns: number
  wal_bytes: number
  queries: number
  /** Events that were accepted and that their write took back. */
  withdrawn: number
  durability: 'none' | 'process' | 'power'
}

/** How a store is. */
export interface Health {
  state: 'idle' | 'ok' | 'degraded' | 'closed'
  /** Why commits fail at present, if `degraded`. */
  reason?: string
  /** The last commit that failed; it stays after recovery. */
  lastError?: string
}

/** What is in a store. */
export interface Summary<T extends Time = bigint> {
  made_by_seerflow: boolean
  schema_version: number
  migration: number
  events: number
  dead_letters: number
  templates: number
  oldest_ns?: T
  newest_ns?: T
  watermark: number
  last_seq: number
  bytes: number
  free_bytes: number
  wal_bytes: number
  /** The place behind the event that arrived last: with `order: 'arrival'`, a query that begins there answers what comes later. */
  end_cursor: string
}

/** What a prune did. */
export interface PruneReport { events: number, dead_letters: number, bytes_before: number, bytes_after: number }

/** A store. Any number of calls may run at once. */
export declare class Store<T extends Time = bigint> {
  private constructor ()
  /** Where the database is: the path of its file or, on PostgreSQL, the server, without a password. */
  readonly path: string
  readonly alerts: Alerts<T>
  readonly edges: Edges<T>
  readonly entities: Entities
  readonly graph: Graph<T>
  readonly models: Models<T>
  readonly sigmaRules: SigmaRules<T>
  readonly templates: Templates<T>

  /**
   * Writes events. The promise is fulfilled when all are accepted into bounded memory or, durable, committed; the order of calls is
   * kept, awaited or not. While the queue is full it waits, up to the timeout; then it fails with `again`, and `consumed` tells
   * how far it came. A record that cannot become an event (a BigInt of more than 64 bits, a value that refers to itself) is rejected with
   * its index and reason and kept as a dead letter, its neighbours are stored.
   *
   * Bytes, and up to 2,000 events, are copied before the call returns. Of more events the array is copied, and each 2,000 of them (or
   * 1 MiB) are encoded in a turn of the event loop: leave the events themselves as they are until the promise ends. What is written
   * meanwhile comes behind. `close` and the end of the process hand over at once what is left; `terminate()` of a worker cannot.
   */
  write (data: EventInput | readonly EventInput[] | Uint8Array | ArrayBuffer | string, options: WriteOptions & { durable: true }): Promise<DurableResult>
  write (data: EventInput | readonly EventInput[] | Uint8Array | ArrayBuffer | string, options?: WriteOptions): Promise<WriteResult>

  /** Waits until all that was written before the call is committed. */
  flush (options?: CallOptions): Promise<void>

  /**
   * Commits what waits, ends every thread and releases every file. Tells how many accepted records could not be stored within the
   * timeout (10 seconds by default). Fails with `lost` if accepted records could not be stored. Later calls fail with `closed`; closing
   * again gives the same answer.
   */
  close (options?: { timeout?: number }): Promise<void>

  /** Closes; fails if something was lost. For `await using store = await open(...)`. */
  [Symbol.asyncDispose] (): Promise<void>

  /** The events of a query, one after the other. The next page is asked for when the loop comes to it. */
  query (query?: EventQuery): AsyncGenerator<Event<T>, void, undefined>

  /** The events of a query as NDJSON, one Buffer a page: for files, sockets and responses, without parsing. */
  queryNdjson (query?: EventQuery): AsyncGenerator<Buffer, void, undefined>

  /** One page of a query. */
  queryPage (query?: PageQuery): Promise<EventPage<T>>

  /** The newest events (100 by default) whose messages match. */
  search (text: string, query?: PageQuery): Promise<Array<Event<T>>>

  /** The events of an entity, oldest first. */
  timeline (entity: EntityInput, query?: EventQuery): AsyncGenerator<Event<T>, void, undefined>

  /** The events that arrive from now on, whoever writes them, until the signal is aborted. */
  follow (query?: FollowQuery): AsyncGenerator<Event<T>, void, undefined>

  /** An event by its id; fails with `not_found`. */
  event (eventId: string, options?: CallOptions): Promise<Event<T>>

  /** How many of these events there are per `bucket` nanoseconds, one minute by default; with `split` of each value. */
  histogram (query?: EventFilters & CallOptions & { bucket?: bigint | number, split?: 'source' | 'severity' }): Promise<Array<Bucket<T>>>

  /** The sources, hosts, templates, severities or entities with most of these events, 100 by default. */
  countBy (by: CountBy, query?: EventFilters & CallOptions & { limit?: number }): Promise<Counted[]>

  /** How many different sources, hosts, templates, severities or entities these events have. */
  distinct (by: CountBy, query?: EventFilters & CallOptions): Promise<number>

  /** Records that could not become events, newest first, one after the other; all by default. */
  deadLetters (query?: CallOptions & { limit?: number, pageSize?: number }): AsyncGenerator<DeadLetter<T>, void, undefined>

  /** The counters. Never waits. */
  stats (): Stats

  /** How the store is. Never waits. */
  health (): Health

  /** What is in the store. */
  summary (options?: CallOptions): Promise<Summary<T>>

  /**
   * Removes old events and frees their space: for the file system or, where the database keeps its size (one that Seerflow made,
   * PostgreSQL), for new events. Without a bound by default.
   */
  prune (options: CallOptions & { before?: TimeInput, maxBytes?: number }): Promise<PruneReport>

  /** Writes a consistent copy of a SQLite database to a new file, while reads and writes go on. PostgreSQL answers `unsupported`. */
  backup (target: string | URL, options?: CallOptions): Promise<void>

  /** Brings the write-ahead log into the database file. It happens by itself too. */
  checkpoint (options?: CallOptions): Promise<void>

  /** Checks the database; what it found, nothing if all is well. `text` compares the text index too, while other writes wait. */
  check (options?: CallOptions & { text?: boolean }): Promise<string[]>
}

/** An alert to be written: type, rule, severity and entity are enough. */
export interface AlertInput {
  /** Identity of this occurrence; made when absent. */
  alert_id?: string
  alert_type: 'ml' | 'sigma' | 'correlation' | 'ueba' | 'ioc'
  /** The present when absent. */
  timestamp_ns?: TimeInput
  severity_id?: number
  rule_name: string
  description?: string
  /** Id of the entity; that of `entity_type` and `entity_value` when absent. */
  entity_uuid?: string
  entity_value?: string
  entity_type?: EntityType
  contributing_events?: readonly string[]
  mitre_tactics?: readonly string[]
  mitre_techniques?: readonly string[]
  risk_score?: number
  /** Alerts with the same key are one alert, within the window. `type:rule:entity` when absent. */
  dedup_key?: string
  dedup_count?: number
}

/** An alert. */
export interface Alert<T extends Time = bigint> extends Required<Omit<AlertInput, 'timestamp_ns'>> {
  timestamp_ns: T
  /** `tp` for a true positive, `fp` for a false one; empty if nobody judged it. */
  feedback: 'tp' | 'fp' | ''
  feedback_note: string
}

/** What became of an alert that was written. */
export interface AlertResult {
  alert_id: string
  /** Whether somebody should be told: the first of its key, or the first in a new window. */
  is_new: boolean
  /** Occurrences that the stored alert now stands for. */
  dedup_count: number
}

/** Which alerts. All filters must hold together. */
export interface AlertFilters extends TimeRange {
  type?: AlertInput['alert_type']
  minSeverity?: number
  entity?: EntityInput
  tactic?: string
  /** A parent such as T1053 also finds its sub-techniques. */
  technique?: string
}

/** Which alerts, newest first. */
export interface AlertQuery extends AlertFilters, CallOptions {
  limit?: number
  pageSize?: number
  cursor?: string
}

/** True positives that share type, rule and kind of entity. */
export interface AlertPattern<T extends Time = bigint> {
  alert_type: string
  rule_name: string
  entity_type: string
  count: number
  last_verdict_ns: T
  alert_ids: string[]
}

/** A verdict of the audit trail. */
export interface Verdict<T extends Time = bigint> {
  id: number
  alert_id: string
  feedback: 'tp' | 'fp'
  note: string
  origin: string
  submitted_at_ns: T
}

/** Alerts, and verdicts on them. */
export interface Alerts<T extends Time = bigint> {
  /**
   * Writes alerts, all or none; committed when it ends. An alert whose `dedup_key` is stored within `window` nanoseconds (15 minutes by
   * default; with a negative one every alert is new) is another occurrence of that alert.
   */
  write (alerts: AlertInput | readonly AlertInput[], options?: CallOptions & { window?: bigint | number }): Promise<AlertResult[]>
  /** Alerts, one after the other. */
  query (query?: AlertQuery): AsyncGenerator<Alert<T>, void, undefined>
  /** One page of alerts. */
  queryPage (query?: Omit<AlertQuery, 'pageSize'> & { page?: number, total?: boolean }): Promise<{ alerts: Array<Alert<T>>, nextCursor?: string, total?: number }>
  /** An alert by its id; fails with `not_found`. */
  get (alertId: string, options?: CallOptions): Promise<Alert<T>>
  /** How many of these alerts there are per `bucket` nanoseconds, one hour by default. */
  histogram (query?: AlertFilters & CallOptions & { bucket?: bigint | number }): Promise<Array<Bucket<T>>>
  /** These alerts by rule, or by the name of their severity, most first; 100 by default. */
  countBy (by: 'rule' | 'severity', query?: AlertFilters & CallOptions & { limit?: number }): Promise<Counted[]>
  /** Patterns of these true positives, most frequent first. The window is that of the verdicts. */
  patterns (query?: AlertFilters & CallOptions & { minCount?: number, limit?: number, maxAlerts?: number }): Promise<Array<AlertPattern<T>>>
  /** Puts a verdict on an alert and into the audit trail, both or neither; `auditOnly` only into the trail. */
  judge (alertId: string, verdict: 'tp' | 'fp', options?: CallOptions & { note?: string, origin?: 'dashboard' | 'cli' | 'api', at?: TimeInput, auditOnly?: boolean }): Promise<void>
  /** The audit trail, newest first. */
  verdicts (query?: CallOptions & { alertId?: string, page?: number, limit?: number }): Promise<Array<Verdict<T>>>
  /** How many alerts were judged. */
  verdictCounts (options?: CallOptions): Promise<{ tp: number, fp: number, total: number }>
}

/** State of models: bytes under a key. */
export interface Models<T extends Time = bigint> {
  /**
   * Saves a model, at most 64 MiB, and tells when it was saved. With `expected`, only if what is stored was saved then (null: only
   * if nothing is stored); else it fails with `conflict`.
   */
  save (key: string, data: Uint8Array | string, options?: CallOptions & { expected?: T | null }): Promise<T>
  /** Loads a model; fails with `not_found`. */
  load (key: string, options?: CallOptions): Promise<{ data: Buffer, updated_at_ns: T }>
  /** Deletes a model, and tells whether there was one. */
  delete (key: string, options?: CallOptions): Promise<boolean>
  /** Lists models by their key. */
  list (options?: CallOptions & { prefix?: string }): Promise<Array<{ key: string, bytes: number, updated_at_ns: T }>>
}

/** What Sigma rules have done. */
export interface SigmaRules<T extends Time = bigint> {
  list (options?: CallOptions): Promise<Array<{ rule_id: string, enabled: boolean, match_count_lifetime: number, last_fired_ns?: T | null, updated_at_ns: T }>>
  enable (ruleId: string, enabled?: boolean, options?: CallOptions): Promise<void>
  /** Adds matches since the last call. */
  writeMatches (matches: SigmaMatches | readonly SigmaMatches[], options?: CallOptions): Promise<void>
}

/** Matches of a Sigma rule. */
export interface SigmaMatches { rule_id: string, count: number, last_fired_ns: TimeInput }

/** A log pattern and its statistics. */
export interface Template<T extends Time = bigint> {
  template_id: number
  template_str: string
  first_seen_ns: T
  last_seen_ns: T
  event_count: number
  example_message?: string | null
}

/** Log patterns. */
export interface Templates<T extends Time = bigint> {
  /** Lists templates by their number of events, largest first. */
  list (options?: CallOptions & { limit?: number }): Promise<Array<Template<T>>>
  /** Adds templates, or adds to the statistics of those that are there. */
  write (templates: WithTimes<Template<Time>> | ReadonlyArray<WithTimes<Template<Time>>>, options?: CallOptions): Promise<void>
  /** Removes templates with fewer events, and tells how many. */
  prune (minCount: number, options?: CallOptions): Promise<number>
  /** Removes all templates, and tells how many. */
  reset (options?: CallOptions): Promise<number>
}

/** An entity, with what it is called; type and value are empty if no event says. */
export interface Entity { entity: string, entity_type: EntityType | '', value: string }

/** Entities: what events are about. */
export interface Entities {
  /** The entities of an event. */
  of (eventId: string, options?: CallOptions): Promise<Entity[]>
  /** What an entity's id stands for, by the newest event that names it; fails with `not_found`. */
  describe (entity: EntityInput, options?: CallOptions): Promise<Entity>
}

/** An edge between two entities. */
export interface Edge<T extends Time = bigint> {
  source_id: string
  target_id: string
  /** A letter or _, then letters, digits and _. */
  rel_type: string
  first_seen_ns: T
  last_seen_ns: T
  event_count: number
}

/** Edges between entities. */
export interface Edges<T extends Time = bigint> {
  /**
   * Writes edges, all or none; of those that are there the times widen and the counts add up. Questions to the graph see them at once;
   * `durable: false` commits them in the background.
   */
  write (edges: WithTimes<Edge<Time>> | ReadonlyArray<WithTimes<Edge<Time>>>, options?: CallOptions & { durable?: boolean }): Promise<void>
  /** All edges, in the order of source, target and relation. */
  all (options?: CallOptions & { pageSize?: number }): AsyncGenerator<Edge<T>, void, undefined>
  /** Removes edges that were last seen before a time, and tells how many. */
  prune (before: TimeInput, options?: CallOptions): Promise<number>
}

/** An entity of the graph, and how many steps it is away. */
export interface Neighbour { entity: string, distance: number }

/** What entities of the graph are measured by. */
export type Measure = 'pagerank' | 'betweenness' | 'fan_in' | 'fan_out' | 'ego_graph_size' | 'community_id' | 'component_id'

/** The entity graph, wherever `storage.graph_backend` keeps it. */
export interface Graph<T extends Time = bigint> {
  /** The entities within `depth` steps (1 by default), whichever way edges point; only over edges of these relations, if some are given. */
  neighbours (entity: EntityInput, options?: CallOptions & { depth?: number, relations?: readonly string[] }): Promise<Neighbour[]>
  /** A shortest path, both ends included; empty when there is none. */
  path (from: EntityInput, to: EntityInput, options?: CallOptions): Promise<Neighbour[]>
  /** The entities within `depth` steps, itself included, and every edge between two of them. */
  subgraph (entity: EntityInput, options?: CallOptions & { depth?: number }): Promise<{ nodes: Neighbour[], edges: Array<Edge<T>> }>
  /** The neighbours of an entity with their relation, those seen most often first. */
  related (entity: EntityInput, options?: CallOptions): Promise<Array<{ entity: string, rel_type: string, event_count: number }>>
  /** How many entities and edges there are. */
  counts (options?: CallOptions): Promise<{ vertices: number, edges: number }>
  /** The entities that stand out by a measure. */
  top (measure: Measure, options?: CallOptions & { limit?: number }): Promise<Array<{ entity: string, value: number }>>
  /** Fails if the graph cannot be reached now. */
  check (options?: CallOptions): Promise<void>
}

/** Opens a store: makes the database if it is missing, adopts one that Seerflow made. */
export declare function open (options: OpenOptions<'number'> & { timestamps: 'number' }): Promise<Store<number>>
export declare function open (options?: OpenOptions<'bigint'>): Promise<Store<bigint>>
export declare function open (options: OpenOptions<'bigint' | 'number'>): Promise<Store<Time>>

/** The id under which Seerflow knows an entity; fails with `not_found` for a value that has none. */
export declare function entityId (type: EntityType, value: string): string

/** Nanoseconds since 1970 of a Date, to reckon with; wherever a time is given, the Date itself does. */
export declare function nanoseconds (time: TimeInput): bigint

/** The options of a configuration: key, default, and what it does. */
export declare function configOptions (): Array<{ key: string, default: string, doc: string }>

/** The version of libseerflow. */
export declare const version: string
