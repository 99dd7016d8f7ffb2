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

import type { Alerts } from './types/alerts.js'
import type { Bucket, Bytes, CallOptions, Counted, EntityInput, EntityType, Time, TimeInput, WithToJSON } from './types/common.js'
import type { Edges, Entities, Graph } from './types/entities.js'
import type { DeadLetter, DurableResult, Event, EventInput, WriteOptions, WriteResult } from './types/events.js'
import type { CountBy, EventFilters, EventPage, EventQuery, FollowQuery, PageQuery } from './types/queries.js'
import type { Models, SigmaRules, Templates } from './types/state.js'

export * from './types/alerts.js'
export * from './types/common.js'
export * from './types/entities.js'
export * from './types/events.js'
export * from './types/queries.js'
export * from './types/state.js'

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
  /** Only read: nothing is created or changed, and writes fail with `permission`. A missing database reads as an empty one. */
  readOnly?: boolean
  /** Fail with `not_found` if the database does not exist, instead of creating it or reading it as an empty one. */
  mustExist?: boolean
  /**
   * Share one store, with one queue and one writer, with all stores of this process that are opened with `shared` for the same database,
   * also in workers. Their options must be equal. The last one that is closed commits the queue.
   */
  shared?: boolean
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
export interface Health<T extends Time = bigint> extends WithToJSON {
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
export interface Summary<T extends Time = bigint> extends WithToJSON {
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
  write (data: EventInput | readonly EventInput[] | Bytes | string, options: WriteOptions & { durable: true }): Promise<DurableResult>
  write (data: EventInput | readonly EventInput[] | Bytes | string, options?: WriteOptions): Promise<WriteResult>

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
