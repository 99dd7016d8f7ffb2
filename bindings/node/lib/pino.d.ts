import type { Writable } from 'node:stream'
import type { OpenOptions } from './index.js'

declare namespace transport {
  /** Options of the transport: those of `open`, and these. Only what can be sent to a worker. */
  interface Options extends Omit<OpenOptions, 'signal' | 'log' | 'logLevel' | 'timestamps'> {
    /** `source_type` of the events; `pino` by default. */
    sourceType?: string
    /** `source_id` of lines that have no `hostname`. */
    sourceId?: string
    /** Wait for the commit of each chunk before pino may go on. */
    durable?: boolean
    /** How long the end waits for what is not stored yet, in milliseconds; 8,000 by default, since pino gives up after 10,000. */
    closeTimeout?: number
  }
}

/**
 * Makes the stream that pino writes to. Name it to pino as a target:
 *
 * ```js
 * const logger = pino(pino.transport({ target: 'seerflow/pino', options: { path: 'events.db' } }))
 * ```
 *
 * If the store cannot be opened or a write fails, the stream that `pino.transport` returned emits `error`, as for any transport of pino:
 * listen to it, or the process ends with an uncaught exception. When the queue is full it is no error: pino is asked to wait.
 *
 * ```js
 * const stream = pino.transport({ target: 'seerflow/pino', options: { path: 'events.db' } })
 * stream.on('error', (error) => console.error('events are not stored:', error.message))
 * const logger = pino(stream)
 * ```
 *
 * `level`, `time`, `msg`, `pid`, `name`, `hostname` and the address of `req` become fields of the event, the rest its attributes.
 */
declare function transport (options?: transport.Options): Promise<Writable & {
  /** All that was logged before is committed when it calls back. */
  flush (callback: (error?: Error) => void): void
}>

export = transport
