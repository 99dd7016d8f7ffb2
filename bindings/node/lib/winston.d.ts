import TransportStream = require('winston-transport')
import type { OpenOptions, Store } from './index.js'

/** Options of the transport: an open store, or the options to open one; and winston's own options. */
export interface SeerflowTransportOptions extends TransportStream.TransportStreamOptions, Omit<OpenOptions, 'signal' | 'timestamps' | 'log' | 'logLevel' | 'readOnly'> {
  /** The store to write to. The transport does not close it. */
  store?: Store<any>
  /** The `source_type` of the events. The default is `winston`. */
  sourceType?: string
  /** The `source_id` of records without a `hostname`. */
  sourceId?: string
  /** Wait for the commit of each write before the next one. */
  durable?: boolean
}

/**
 * A transport for winston.
 *
 * ```js
 * const logger = winston.createLogger({ transports: [new SeerflowTransport({ path: 'events.db' })] })
 * logger.on('error', (error) => console.error('events are not stored:', error.message))
 * ```
 *
 * If records cannot be written, for example because a file cannot be opened or a shared store was closed, the transport emits `error`, and
 * the logger emits it again, as for any transport of winston. Without a listener the process ends with an uncaught exception. The
 * constructor throws errors that are known at once, such as an unknown option.
 */
export declare class SeerflowTransport extends TransportStream {
  constructor (options?: SeerflowTransportOptions)
  /** Is fulfilled when everything that was logged before is committed. */
  flush (): Promise<void>
}

export default SeerflowTransport
