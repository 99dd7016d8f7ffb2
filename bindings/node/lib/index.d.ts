/**
 * Stores security log events, from inside a Node process, in a database that a running Seerflow can read.
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
 * No function blocks the event loop or uses libuv's thread pool: a store has its own threads.
 *
 * @packageDocumentation
 */

/**
 * A time: a Date, or nanoseconds since 1970-01-01 00:00 UTC. A number is in nanoseconds too (precise to 256 ns today). A number that is too
 * small for a time in nanoseconds of this century, such as the milliseconds of `Date.now()`, is refused: pass `new Date()`.
 */
export type TimeInput = bigint | number | Date

/**
 * Nanoseconds since 1970-01-01 00:00 UTC, as returned: a BigInt, or a number if the store was opened with `timestamps: 'number'`. The type
 * of such a store is `Store<number>`.
 */
export type Time = bigint | number

/** A record in which times may also be given as Dates. */
export type WithTimes<R> = { [K in keyof R]: Extract<R[K], bigint> extends never ? R[K] : R[K] | Date }

/** The kind of a failure: {@link SeerflowError.code}. */
export type ErrorCode =
  | 'invalid' | 'config' | 'not_found' | 'again' | 'timeout' | 'interrupted' | 'closed' | 'forked' | 'panic' | 'io' | 'database'
  | 'corrupt' | 'full' | 'busy' | 'schema' | 'unsupported' | 'permission' | 'limit' | 'conflict' | 'lost' | 'unknown'

/**
 * The error of every failed call. The message names what failed, on what, and why; it contains no password. The stack leads to the place
 * where the call was awaited. `instanceof` also works for errors of another copy of the package.
 */
export declare class SeerflowError extends Error {
  private constructor (failure: never)
  readonly name: 'SeerflowError'
  /** The kind of the failure. */
  readonly code: ErrorCode
  /**
   * True if the same call may succeed later, and repeating it has no effect twice. For a write, repeat it with the input after `consumed`.
   * It is retriable only if none of its events is still in the queue, or each of them has a key.
   */
  readonly retriable: boolean
  /**
   * For a write: the part of the input that was consumed, in events if the input was events, otherwise in bytes. The rest was not consumed,
   * or was withdrawn.
   */
  readonly consumed?: number
  /** For a write: the number of events that were committed and were new. */
  readonly committed?: number
  /** For a write: the number of events that were in the queue or in a transaction. They are stored later. */
  readonly queued?: number
  /** For a write: the number of events that were removed from the queue. They are not stored. */
  readonly withdrawn?: number
  /** For `close()` with the code `lost`: the number of accepted records that could not be stored. */
  readonly lost?: number
  /** With the code `interrupted`: the reason of the aborted signal. */
  readonly cause?: unknown
}

/** The severity of a log record of the library. */
export type LogLevel = 'error' | 'warning' | 'info' | 'debug'

/** Options of {@link open}. Later sources override earlier ones: `file`, `env`, `config`, `path`. */
export interface OpenOptions<T extends 'bigint' | 'number' = 'bigint'> {
  /** The path of the database file. Its directory and tables are created if they are missing. */
  path?: string | URL
  /** A YAML file with a `storage` section, such as Seerflow's `seerflow.yaml`. */
  file?: string | URL
  /** Read options from environment variables: `SEERFLOW_STORAGE_DURABILITY` sets `storage.durability`, and so on. */
  env?: boolean
  /** Options by key, such as `'storage.flush_interval_ms': 50`. {@link configOptions} lists them. */
  config?: Record<string, string | number | boolean>
  /** Receives the library's log records. If a thousand records wait for the event loop, further ones are dropped. */
  log?: (level: LogLevel, text: string) => void
  /** The least severe level that `log` receives. The default is `info`. */
  logLevel?: LogLevel
  /**
   * The longest time that the end of the process or worker waits for events that are not stored yet, in milliseconds. The default is 5,000.
   * If some could not be stored by then, one line is printed to stderr, and an exit code of 0 becomes 1.
   */
  exitTimeout?: number
  /** The type of returned times: BigInt (the default), or numbers, which are precise to 256 ns. */
  timestamps?: T
  /** The timeout of opening, in milliseconds. Negative means no timeout; the default is 30,000. */
  timeout?: number
  /** Interrupts the opening. */
  signal?: AbortSignal | null
}

/** Options of every call that may wait. An unknown option fails with `invalid`. */
export interface CallOptions {
  /** The timeout in milliseconds. Negative means no timeout; the default is 30,000. */
  timeout?: number
  /** Interrupts the call: it fails with the code `interrupted`, and its `cause` is the reason of the signal. */
  signal?: AbortSignal | null
}

/**
 * An event to be written. Every field may be left out. Other keys become attributes, whatever the type of the object. In an object literal
 * TypeScript only accepts them under `attributes`, so that a misspelt field is found. The `toJSON()` method of an instance is used.
 */
export interface EventInput {
  /** The id, a UUID. Events with the same id are stored once. If absent, a time-ordered id is generated. */
  event_id?: string
  /** The time of the event. The current time if absent. */
  timestamp_ns?: TimeInput
  /** The time at which the collector saw the event. The current time if absent. */
  observed_ns?: TimeInput
  /** The W3C trace id, in hexadecimal. */
  trace_id?: string
  /** The W3C span id, in hexadecimal. */
  span_id?: string
  /** The severity: 0 trace, 1 informational (the default), 2 notice, 3 warning, 4 error, 5 critical, 6 fatal. */
  severity_id?: number
  /** The OpenTelemetry severity number, 1 to 24. 9 is the default. */
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
  /** The message. Text search looks at it only. */
  message?: string
  /** The structured body of the record: any value. */
  body?: unknown
  /** The type of the source, such as `syslog`, `sshd` or `nginx`. */
  source_type?: string
  /** The source, usually a host name. */
  source_id?: string
  /** Sigma logsource category. */
  log_source_category?: string
  /** Sigma logsource product. */
  log_source_product?: string
  /** Sigma logsource service. */
  log_source_service?: string
  /** The id of the template (log pattern) that the message matched; -1 if none. */
  template_id?: number
  /** The text of the template, with `<*>` for each variable. */
  template_str?: string
  /** The values of the template's variables, in order. */
  template_params?: readonly string[]
  /** Ids of the entities that the event is about. If empty, they are computed from the related lists. */
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
  /** Hashes: `algorithm:hex`, in lower case. */
  related_hashes?: readonly string[]
  /** MITRE ATT&CK tactics. */
  mitre_tactics?: readonly string[]
  /** MITRE ATT&CK techniques: `T1053`, `T1053.005`. */
  mitre_techniques?: readonly string[]
  /** The risk, by convention 0 to 100. */
  risk_score?: number
  /** The anomaly score, by convention 0 to 1. */
  anomaly_score?: number
  /** The confidence, 0 to 1. 1 is the default. */
  confidence?: number
  /**
   * Further attributes of the record. Texts, numbers, BigInts, booleans and null are stored as such, and Dates as ISO texts. Objects,
   * arrays, Maps, Sets, Errors (`{ name, message, stack }`) and bytes are stored as their JSON text, because Seerflow cannot decode them
   * otherwise. Undefined values and functions are left out.
   */
  attributes?: object
  /** Free labels. */
  tags?: readonly string[]
  /** The original record, if the sender includes it. */
  raw_event?: string
  /** Attributes of the OpenTelemetry resource that emitted the record. */
  resource_attrs?: { readonly [key: string]: string }
}

/** An event as returned by queries. Fields with their default are left out. */
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
  /**
   * The body. Bytes are returned as Buffers, integers beyond `Number.MAX_SAFE_INTEGER` as BigInts, and maps with keys that are not texts as
   * Maps.
   */
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
  /** Integers beyond `Number.MAX_SAFE_INTEGER` are BigInts. If a name is stored twice, this is the last value, as in Seerflow. */
  attributes?: Record<string, unknown>
  tags?: string[]
  raw_event?: string
  resource_attrs?: Record<string, string>
}

/** Options of {@link Store.write}. */
export interface WriteOptions extends CallOptions {
  /** Wait until all events are committed, instead of until they are in the queue. Concurrent writes share commits. */
  durable?: boolean
  /**
   * With `durable` only: if the write fails, remove its events from the queue, except for those in a running transaction. The removed
   * events are not stored, and `consumed` of the error is where they start. Other writes wait until such a write ends.
   */
  withdraw?: boolean
  /**
   * The name of the attribute with the record key: a text or an integer that identifies the record among all records of the store. An event
   * without an id gets an id made from that key alone, so a record that is sent again in another batch is stored once. The name is the full
   * key of an attribute, not a path. The default for OpenTelemetry and Fluent is `log.record.uid`.
   */
  recordKeyField?: string
  /**
   * A key of the batch. An event without an id gets one made from the key, its index and its time, so the same write, made again by any
   * process, stores its events once.
   */
  batchKey?: string
  /** The index of the first record, for a write that continues another one with the same batch key. */
  firstIndex?: number
  /**
   * The format of bytes or text: `ndjson`, one JSON object a line, is the default; `msgpack` is maps one after the other, or one array of
   * maps; `lines` is log lines; `otlp` is one OpenTelemetry request in protobuf; `otlp-json` is such requests in JSON, one after the other;
   * `fluent` is records and messages of Fluent Forward.
   */
  format?: 'ndjson' | 'msgpack' | 'lines' | 'otlp' | 'otlp-json' | 'fluent'
  /**
   * True, the default: the input ends here, and an incomplete last line is a line. False, for a stream: an incomplete last record is not
   * consumed. Write it again with more input after it; `consumed` is where it starts.
   */
  complete?: boolean
  /** The `source_type` of events that do not contain one. */
  sourceType?: string
  /** The `source_id` of events that do not contain one. */
  sourceId?: string
  /** A tag, such as Fluent Bit's. It becomes the attribute `tag`, and the `source_type` if neither the event nor `sourceType` sets one. */
  tag?: string
  /** The time zone of log lines without an offset, such as `Europe/Berlin`. The default is UTC. */
  timezone?: string
  /** Store each log line unchanged in `raw_event`. */
  keepRaw?: boolean
  /** Read messages that are themselves a JSON object or a log line with a header. By default those of log lines and Fluent are read, others are not. */
  parse?: boolean
}

/** The outcome of a write. */
export interface WriteResult {
  /** The number of accepted events. After a durable write they are committed. */
  accepted: number
  /** The records that could not be stored as events, by their index. They are stored as dead letters. */
  rejected: Array<{ index: number, reason: string }>
  /**
   * The part of the input that was consumed: events if the input was events, otherwise bytes. Less than the whole input only with
   * `complete: false`.
   */
  consumed: number
  /** The number of events without the attribute that `recordKeyField` names. They have an ordinary id. */
  unkeyed: number
  /** Events whose time was given and not understood. They have the time at which they were received, and the attribute `seerflow.time.unparsed`. */
  unparsedTimes: number
}

/** The outcome of a durable write. */
export interface DurableResult extends WriteResult {
  /** The number of accepted events that were committed and were new. */
  committed: number
  /** The number of accepted events whose id was already stored. */
  duplicates: number
  /** What the commit survives: a crash of the process, or a loss of power. */
  durability: 'none' | 'process' | 'power'
}

/** An entity: its id, see {@link entityId}, or its type and value. */
export type EntityInput = string | { type: EntityType, value: string }

/** The type of an entity. */
export type EntityType = 'user' | 'ip' | 'host' | 'process' | 'file' | 'domain'

/**
 * A time window that includes `from` and excludes `to`, so adjacent windows do not overlap. If one of them is absent, there is no bound on
 * that side.
 */
export interface TimeRange {
  /** The start of the window, which is included. */
  from?: TimeInput
  /** The end of the window, which is excluded. */
  to?: TimeInput
}

/** Filters of events. An event must pass all of them. */
export interface EventFilters extends TimeRange {
  /** Exactly this source type. */
  sourceType?: string
  /** Exactly this source id. */
  sourceId?: string
  /** This severity, 0 to 6, or a higher one. */
  minSeverity?: number
  /** Exactly this template. */
  templateId?: number
  /** Events about this entity. */
  entity?: EntityInput
  /** Messages that contain all these words, in any inflection. Words in double quotes must be adjacent. */
  text?: string
}

/** The filters and the order of events. */
export interface EventQuery extends EventFilters, CallOptions {
  /** By time, newest first (the default) or oldest first; or by arrival, first arrived first. */
  order?: 'newest' | 'oldest' | 'arrival'
  /** The largest number of events. The default is all. */
  limit?: number
  /** The number of events that are fetched at a time, 1 to 100,000. The default is 500. */
  pageSize?: number
  /** Continue after the page that returned this cursor. */
  cursor?: string
}

/** The filters, the order and the page of events. */
export interface PageQuery extends EventFilters, CallOptions {
  order?: EventQuery['order']
  /** The number of events in a page, 1 to 100,000. The default is 100. */
  limit?: number
  /** The number of the page, from 1. Skipped pages are read too, so a cursor is faster. */
  page?: number
  /** Continue after the page that returned this cursor. The filters and the order must be the same. */
  cursor?: string
  /** Count the matching events: `exact`, or up to this number. The default is `none`, because counting takes time. */
  total?: 'none' | 'exact' | number
}

/** A page of events. */
export interface EventPage<T extends Time = bigint> {
  events: Array<Event<T>>
  /** The cursor of the next page; undefined if this is the last page. */
  nextCursor?: string
  /** The cursor after the last event, for querying later events; undefined if the page is empty. */
  lastCursor?: string
  /** The number of matching events on all pages, if the query asked for it. */
  total?: number
}

/** The filters of events to follow. */
export interface FollowQuery extends EventFilters {
  /** Start after this cursor. The default is after the events that are stored now. */
  after?: string
  /** How often to check for new events, in milliseconds. The default is 250. */
  interval?: number
  /** The number of events that are fetched at a time. The default is 500. */
  pageSize?: number
  /** Ends the loop, without an error. */
  signal?: AbortSignal | null
}

/** The property by which events are counted. */
export type CountBy = 'source' | 'host' | 'template' | 'severity' | 'entity'

/** A value, and the number of records with it. */
export interface Counted { value: string, count: number }

/** A bucket of a histogram. Empty buckets are left out. */
export interface Bucket<T extends Time = bigint> {
  start_ns: T
  count: number
  /** The value by which the histogram is split; absent if it is not split. */
  value?: string
}

/** A record that could not be stored as an event. */
export interface DeadLetter<T extends Time = bigint> {
  id: number
  received_ns: T
  format: 'struct' | 'msgpack' | 'ndjson' | 'lines' | 'otlp' | 'otlp-json' | 'fluent'
  reason: string
  payload: string | Buffer
}

/** Counters since the store was opened. Durations are in nanoseconds. */
export interface Stats {
  accepted: number
  committed: number
  duplicates: number
  rejected: number
  /** Committed events whose time was given and not understood. */
  unparsed_times: number
  commits: number
  retries: number
  queue_events: number
  queue_bytes: number
  last_commit_ns: number
  longest_commit_ns: number
  wal_bytes: number
  queries: number
  /** The number of accepted events that a write removed from the queue. */
  withdrawn: number
  durability: 'none' | 'process' | 'power'
}

/** The state of a store. */
export interface Health<T extends Time = bigint> {
  state: 'idle' | 'ok' | 'degraded' | 'closed'
  /** The reason why commits currently fail, if `degraded`. */
  reason?: string
  /** The code of that failure, and when the first attempt failed; only if `degraded`. */
  cause?: ErrorCode
  degraded_since_ns?: T
  /** The size of the queue and its bounds. */
  queue_events: number
  queue_events_limit: number
  queue_bytes: number
  queue_bytes_limit: number
  /** The error message of the last failed commit. It remains after later commits succeed. */
  lastError?: string
}

/** Counts and sizes of a store. */
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
  /** The cursor after the event that arrived last. With `order: 'arrival'`, a query that starts there returns later arrivals. */
  end_cursor: string
}

/** The result of a prune. */
export interface PruneReport { events: number, dead_letters: number, bytes_before: number, bytes_after: number }

/** A store. Any number of calls may run at the same time. */
export declare class Store<T extends Time = bigint> {
  private constructor ()
  /** The path of the database file or, for PostgreSQL, the server without a password. */
  readonly path: string
  readonly alerts: Alerts<T>
  readonly edges: Edges<T>
  readonly entities: Entities
  readonly graph: Graph<T>
  readonly models: Models<T>
  readonly sigmaRules: SigmaRules<T>
  readonly templates: Templates<T>

  /**
   * Writes events. The promise is fulfilled when all events are accepted into a bounded queue in memory or, with `durable`, committed.
   * Calls are executed in order, whether they are awaited or not. If the queue is full, the call waits until its timeout, then fails with
   * `again`; `consumed` is the part that was consumed. A record that cannot be stored as an event (a BigInt of more than 64 bits, a
   * circular value) is rejected with its index and a reason, and stored as a dead letter. The other records are stored.
   *
   * Bytes, and up to 2,000 events, are copied before the call returns. Of a longer array, 2,000 events (or 1 MiB) are encoded in each turn
   * of the event loop: do not change the events until the promise is settled. Events that are written meanwhile come after them. `close`
   * and the end of the process pass the remaining events to the store at once; `terminate()` of a worker cannot.
   */
  write (data: EventInput | readonly EventInput[] | Uint8Array | ArrayBuffer | string, options: WriteOptions & { durable: true }): Promise<DurableResult>
  write (data: EventInput | readonly EventInput[] | Uint8Array | ArrayBuffer | string, options?: WriteOptions): Promise<WriteResult>

  /** Waits until all events that were written before the call are committed. */
  flush (options?: CallOptions): Promise<void>

  /**
   * Commits the queue, stops all threads and closes all files, within the timeout (10 seconds by default). Fails with `lost` if accepted
   * records could not be stored; `lost` of the error is their number. Later calls fail with `closed`. Closing again has the same result.
   */
  close (options?: { timeout?: number }): Promise<void>

  /** Closes the store, and fails if records were lost. For `await using store = await open(...)`. */
  [Symbol.asyncDispose] (): Promise<void>

  /** Iterates over the events of a query. The next page is fetched when the loop reaches it. */
  query (query?: EventQuery): AsyncGenerator<Event<T>, void, undefined>

  /** Iterates over the events of a query as NDJSON, one Buffer for each page: for files, sockets and responses, without parsing. */
  queryNdjson (query?: EventQuery): AsyncGenerator<Buffer, void, undefined>

  /** Returns one page of a query. */
  queryPage (query?: PageQuery): Promise<EventPage<T>>

  /** Returns the newest events (100 by default) whose messages match. */
  search (text: string, query?: PageQuery): Promise<Array<Event<T>>>

  /** Iterates over the events of an entity, oldest first. */
  timeline (entity: EntityInput, query?: EventQuery): AsyncGenerator<Event<T>, void, undefined>

  /** Iterates over the events that arrive from now on, from any program, until the signal is aborted. */
  follow (query?: FollowQuery): AsyncGenerator<Event<T>, void, undefined>

  /** Returns the event with this id. Fails with `not_found` if it is not stored. */
  event (eventId: string, options?: CallOptions): Promise<Event<T>>

  /** Counts events in buckets of `bucket` nanoseconds, one minute by default. With `split`, each value has its own buckets. */
  histogram (query?: EventFilters & CallOptions & { bucket?: bigint | number, split?: 'source' | 'severity' }): Promise<Array<Bucket<T>>>

  /** Counts events for each source, host, template, severity or entity, the largest count first; 100 values by default. */
  countBy (by: CountBy, query?: EventFilters & CallOptions & { limit?: number }): Promise<Counted[]>

  /** Counts the distinct sources, hosts, templates, severities or entities of the events. */
  distinct (by: CountBy, query?: EventFilters & CallOptions): Promise<number>

  /** Iterates over the records that could not be stored as events, newest first; all of them by default. */
  deadLetters (query?: CallOptions & { limit?: number, pageSize?: number }): AsyncGenerator<DeadLetter<T>, void, undefined>

  /** Returns the counters. Never waits. */
  stats (): Stats

  /** Returns the state of the store. Never waits. */
  health (): Health<T>

  /** Returns the counters and the state as a text in the format of OpenMetrics 1.0. Never waits. */
  metrics (): string

  /** Returns counts and sizes of the store. */
  summary (options?: CallOptions): Promise<Summary<T>>

  /**
   * Removes old events. A SQLite file that libseerflow created becomes smaller; in other databases new events use the space. Has no timeout
   * by default.
   */
  prune (options: CallOptions & { before?: TimeInput, maxBytes?: number }): Promise<PruneReport>

  /** Writes a consistent copy of a SQLite database to a new file, while reads and writes continue. Fails with `unsupported` on PostgreSQL. */
  backup (target: string | URL, options?: CallOptions): Promise<void>

  /** Copies the write-ahead log into the database file. The library also does this by itself. */
  checkpoint (options?: CallOptions): Promise<void>

  /**
   * Checks the database and returns its findings, none if there are no defects. `text` also compares the text index with the messages;
   * writes wait meanwhile.
   */
  check (options?: CallOptions & { text?: boolean }): Promise<string[]>
}

/** An alert to be written. The type, rule, severity and entity are enough. */
export interface AlertInput {
  /** The id of this occurrence. Generated if absent. */
  alert_id?: string
  alert_type: 'ml' | 'sigma' | 'correlation' | 'ueba' | 'ioc'
  /** The current time if absent. */
  timestamp_ns?: TimeInput
  severity_id?: number
  rule_name: string
  description?: string
  /** The id of the entity. If absent, it is computed from `entity_type` and `entity_value`. */
  entity_uuid?: string
  entity_value?: string
  entity_type?: EntityType
  contributing_events?: readonly string[]
  mitre_tactics?: readonly string[]
  mitre_techniques?: readonly string[]
  risk_score?: number
  /** The deduplication key: within a window of time, alerts with the same key are one alert. `type:rule:entity` if absent. */
  dedup_key?: string
  dedup_count?: number
}

/** An alert as returned by queries. */
export interface Alert<T extends Time = bigint> extends Required<Omit<AlertInput, 'timestamp_ns'>> {
  timestamp_ns: T
  /** The verdict: `tp` for a true positive, `fp` for a false positive, empty if absent. */
  feedback: 'tp' | 'fp' | ''
  feedback_note: string
}

/** The outcome of one alert that was written. */
export interface AlertResult {
  alert_id: string
  /** True for the first alert with its key, or the first in a new window. False for another occurrence of a stored alert. */
  is_new: boolean
  /** The number of occurrences that the stored alert now stands for. */
  dedup_count: number
}

/** Filters of alerts. An alert must pass all of them. */
export interface AlertFilters extends TimeRange {
  type?: AlertInput['alert_type']
  minSeverity?: number
  entity?: EntityInput
  tactic?: string
  /** A technique such as T1053 also selects its sub-techniques. */
  technique?: string
}

/** The filters of alerts, newest first. */
export interface AlertQuery extends AlertFilters, CallOptions {
  limit?: number
  pageSize?: number
  cursor?: string
}

/** A group of true positives with the same type, rule and entity type. */
export interface AlertPattern<T extends Time = bigint> {
  alert_type: string
  rule_name: string
  entity_type: string
  count: number
  last_verdict_ns: T
  alert_ids: string[]
}

/** A verdict in the audit trail. */
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
   * Writes alerts in one transaction: all of them or none. An alert whose `dedup_key` is already stored counts as another occurrence of the
   * stored alert if their times differ by at most `window` nanoseconds (15 minutes by default). With a negative window every alert is new.
   */
  write (alerts: AlertInput | readonly AlertInput[], options?: CallOptions & { window?: bigint | number }): Promise<AlertResult[]>
  /** Iterates over alerts. */
  query (query?: AlertQuery): AsyncGenerator<Alert<T>, void, undefined>
  /** Returns one page of alerts. */
  queryPage (query?: Omit<AlertQuery, 'pageSize'> & { page?: number, total?: boolean }): Promise<{ alerts: Array<Alert<T>>, nextCursor?: string, total?: number }>
  /** Returns the alert with this id. Fails with `not_found` if it is not stored. */
  get (alertId: string, options?: CallOptions): Promise<Alert<T>>
  /** Counts alerts in buckets of `bucket` nanoseconds, one hour by default. */
  histogram (query?: AlertFilters & CallOptions & { bucket?: bigint | number }): Promise<Array<Bucket<T>>>
  /** Counts alerts by rule or by severity name, the largest count first; 100 values by default. */
  countBy (by: 'rule' | 'severity', query?: AlertFilters & CallOptions & { limit?: number }): Promise<Counted[]>
  /** Groups true positives, the largest groups first. The window applies to the times of the verdicts. */
  patterns (query?: AlertFilters & CallOptions & { minCount?: number, limit?: number, maxAlerts?: number }): Promise<Array<AlertPattern<T>>>
  /** Sets the verdict of an alert and appends it to the audit trail, in one transaction. With `auditOnly` it is only appended. */
  judge (alertId: string, verdict: 'tp' | 'fp', options?: CallOptions & { note?: string, origin?: 'dashboard' | 'cli' | 'api', at?: TimeInput, auditOnly?: boolean }): Promise<void>
  /** Lists the verdicts in the audit trail, newest first. */
  verdicts (query?: CallOptions & { alertId?: string, page?: number, limit?: number }): Promise<Array<Verdict<T>>>
  /** Counts the alerts with each verdict. */
  verdictCounts (options?: CallOptions): Promise<{ tp: number, fp: number, total: number }>
}

/** The saved state of detectors: bytes under a key. */
export interface Models<T extends Time = bigint> {
  /**
   * Saves a model of at most 64 MiB, and returns the time of the save. With `expected`, the model is saved only if the stored one was saved
   * at that time (null: only if none is stored); otherwise the call fails with `conflict`.
   */
  save (key: string, data: Uint8Array | string, options?: CallOptions & { expected?: T | null }): Promise<T>
  /** Returns a model. Fails with `not_found` if it is not stored. */
  load (key: string, options?: CallOptions): Promise<{ data: Buffer, updated_at_ns: T }>
  /** Deletes a model, and returns false if it was not stored. */
  delete (key: string, options?: CallOptions): Promise<boolean>
  /** Lists models in the order of their keys. */
  list (options?: CallOptions & { prefix?: string }): Promise<Array<{ key: string, bytes: number, updated_at_ns: T }>>
}

/** The state of Sigma rules. */
export interface SigmaRules<T extends Time = bigint> {
  list (options?: CallOptions): Promise<Array<{ rule_id: string, enabled: boolean, match_count_lifetime: number, last_fired_ns?: T | null, updated_at_ns: T }>>
  enable (ruleId: string, enabled?: boolean, options?: CallOptions): Promise<void>
  /** Adds matches to the counts of rules. */
  writeMatches (matches: SigmaMatches | readonly SigmaMatches[], options?: CallOptions): Promise<void>
}

/** Matches of a Sigma rule since the last call. */
export interface SigmaMatches { rule_id: string, count: number, last_fired_ns: TimeInput }

/** A pattern of log messages, and its statistics. */
export interface Template<T extends Time = bigint> {
  template_id: number
  template_str: string
  first_seen_ns: T
  last_seen_ns: T
  event_count: number
  example_message?: string | null
}

/** Patterns of log messages. */
export interface Templates<T extends Time = bigint> {
  /** Lists templates by their number of events, largest first. */
  list (options?: CallOptions & { limit?: number }): Promise<Array<Template<T>>>
  /** Writes templates. The statistics of stored templates are updated. */
  write (templates: WithTimes<Template<Time>> | ReadonlyArray<WithTimes<Template<Time>>>, options?: CallOptions): Promise<void>
  /** Removes templates with fewer events, and returns their number. */
  prune (minCount: number, options?: CallOptions): Promise<number>
  /** Removes all templates, and returns their number. */
  reset (options?: CallOptions): Promise<number>
}

/** An entity: its id, type and value. Type and value are empty if no event contains them. */
export interface Entity { entity: string, entity_type: EntityType | '', value: string }

/** The entities that events are about. */
export interface Entities {
  /** Lists the entities of an event. */
  of (eventId: string, options?: CallOptions): Promise<Entity[]>
  /** Returns the type and value of an entity id, from the newest event that names it. Fails with `not_found` if none does. */
  describe (entity: EntityInput, options?: CallOptions): Promise<Entity>
}

/** A directed edge between two entities. */
export interface Edge<T extends Time = bigint> {
  source_id: string
  target_id: string
  /** The relation: a letter or underscore, then letters, digits and underscores. */
  rel_type: string
  first_seen_ns: T
  last_seen_ns: T
  event_count: number
}

/** Edges between entities. */
export interface Edges<T extends Time = bigint> {
  /**
   * Writes edges: all of them or none. The times and counts of stored edges are updated. Queries on the graph see the edges at once. With
   * `durable: false` they are committed in the background.
   */
  write (edges: WithTimes<Edge<Time>> | ReadonlyArray<WithTimes<Edge<Time>>>, options?: CallOptions & { durable?: boolean }): Promise<void>
  /** Iterates over all edges, in the order of source, target and relation. */
  all (options?: CallOptions & { pageSize?: number }): AsyncGenerator<Edge<T>, void, undefined>
  /** Removes the edges that were last seen before a time, and returns their number. */
  prune (before: TimeInput, options?: CallOptions): Promise<number>
}

/** An entity of the graph, and its distance in edges. */
export interface Neighbour { entity: string, distance: number }

/** The measures of entities in the graph. */
export type Measure = 'pagerank' | 'betweenness' | 'fan_in' | 'fan_out' | 'ego_graph_size' | 'community_id' | 'component_id'

/** The entity graph. `storage.graph_backend` selects its back end. */
export interface Graph<T extends Time = bigint> {
  /** Lists the entities within `depth` edges (1 by default), in any direction. With `relations`, only their edges are followed. */
  neighbours (entity: EntityInput, options?: CallOptions & { depth?: number, relations?: readonly string[] }): Promise<Neighbour[]>
  /** Lists the entities on a shortest path, including both ends; empty if no path exists. */
  path (from: EntityInput, to: EntityInput, options?: CallOptions): Promise<Neighbour[]>
  /** Returns the entities within `depth` edges, including the entity itself, and every edge between two of them. */
  subgraph (entity: EntityInput, options?: CallOptions & { depth?: number }): Promise<{ nodes: Neighbour[], edges: Array<Edge<T>> }>
  /** Lists the direct neighbours of an entity with their relation, the most often seen first. */
  related (entity: EntityInput, options?: CallOptions): Promise<Array<{ entity: string, rel_type: string, event_count: number }>>
  /** Counts the entities and the edges. */
  counts (options?: CallOptions): Promise<{ vertices: number, edges: number }>
  /** Lists the entities with the largest values of a measure. */
  top (measure: Measure, options?: CallOptions & { limit?: number }): Promise<Array<{ entity: string, value: number }>>
  /** Fails if the graph cannot be reached now. */
  check (options?: CallOptions): Promise<void>
}

/** Opens a store. Creates the database if it is missing, and adopts one that Seerflow created. */
export declare function open (options: OpenOptions<'number'> & { timestamps: 'number' }): Promise<Store<number>>
export declare function open (options?: OpenOptions<'bigint'>): Promise<Store<bigint>>
export declare function open (options: OpenOptions<'bigint' | 'number'>): Promise<Store<Time>>

/** Computes the id of an entity. Fails with `not_found` if the value has no id. */
export declare function entityId (type: EntityType, value: string): string

/** Converts a time to nanoseconds since 1970-01-01 UTC, for calculations. Functions that take a time also accept the Date itself. */
export declare function nanoseconds (time: TimeInput): bigint

/** Lists the options of a configuration: the key, the default, and a description. */
export declare function configOptions (): Array<{ key: string, default: string, doc: string }>

/** The version of libseerflow. */
export declare const version: string
