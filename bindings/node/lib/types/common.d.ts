// Types that several parts of the package use.

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

/** Bytes, which are copied before a call returns. Memory that is shared with other threads must not change until then. */
export type Bytes = ArrayBufferView | ArrayBuffer | SharedArrayBuffer

/** A record that may contain BigInts, as returned. */
export interface WithToJSON {
  /**
   * Returns a copy for `JSON.stringify()`: BigInts, which JSON does not have, are decimal texts. The method is not enumerable, so copies of
   * the record lack it.
   */
  toJSON? (): Record<string, unknown>
}

/** Options of every call that may wait. An unknown option fails with `invalid`. */
export interface CallOptions {
  /** The timeout in milliseconds. Negative means no timeout; the default is 30,000. */
  timeout?: number
  /** Interrupts the call, and ends an iteration at once: it fails with the code `interrupted`, and its `cause` is the reason of the signal. */
  signal?: AbortSignal | null
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

/** A value, and the number of records with it. */
export interface Counted { value: string, count: number }

/** A bucket of a histogram. Empty buckets are left out. */
export interface Bucket<T extends Time = bigint> extends WithToJSON {
  start_ns: T
  count: number
  /** The value by which the histogram is split; absent if it is not split. */
  value?: string
}
