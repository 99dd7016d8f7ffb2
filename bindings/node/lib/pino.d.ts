import type { Writable } from 'node:stream'
import type { OpenOptions } from './index.js'

declare namespace transport {
  /** Options of the transport: those of `open` that can be sent to a worker, and the following. */
  interface Options extends Omit<OpenOptions, 'signal' | 'log' | 'logLevel' | 'timestamps' | 'readOnly'> {
    /** The `source_type` of the events. The default is `pino`. */
    sourceType?: string
    /** The `source_id` of lines without a `hostname`. */
    sourceId?: string
    /** Wait for the commit of each chunk before pino continues. */
    durable?: boolean
    /**
     * The longest time that the end of the process waits for events that are not stored yet, in milliseconds. The default is 8,000, because
     * pino gives up after 10,000.
     */
    closeTimeout?: number
  }
}

/**
 * Creates the stream that pino writes to. Pass it to pino as a target:
 *
 * ```js
 * const logger = pino(pino.transport({ target: 'seerflow/pino', options: { path: 'events.db' } }))
 * ```
 *
 * If the store cannot be opened or a write fails, the stream that `pino.transport` returned emits `error`, as for any transport of pino.
 * Listen to it; otherwise the process ends with an uncaught exception. A full queue is not an error: pino is asked to wait.
 *
 * ```js
 * const stream = pino.transport({ target: 'seerflow/pino', options: { path: 'events.db' } })
 * stream.on('error', (error) => console.error('events are not stored:', error.message))
 * const logger = pino(stream)
 * ```
 *
 * `level`, `time`, `msg`, `pid`, `name`, `hostname` and the address in `req` become fields of the event. Everything else becomes an
 * attribute.
 */
declare function transport (options?: transport.Options): Promise<Writable & {
  /** Calls back when everything that was logged before is committed. */
  flush (callback: (error?: Error) => void): void
}>

export = transport
