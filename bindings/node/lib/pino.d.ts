import type { Writable } from 'node:stream'
import type { OpenOptions } from './index.js'

declare namespace transport {
  /** Options of the transport: those of `open`, and these. Only what can be sent to a worker. */
  interface Options extends Omit<OpenOptions, 'signal' | 'log' | 'timestamps'> {
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
 * `level`, `time`, `msg`, `pid`, `name`, `hostname` and the address of `req` become fields of the event, the rest its attributes.
 */
declare function transport (options?: transport.Options): Promise<Writable & {
  /** All that was logged before is committed when it calls back. */
  flush (callback: (error?: Error) => void): void
}>

export = transport
