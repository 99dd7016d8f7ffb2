import TransportStream = require('winston-transport')
import type { OpenOptions, Store } from './index.js'

/** Options of the transport: a store that is open, or how to open one; and winston's own. */
export interface SeerflowTransportOptions extends TransportStream.TransportStreamOptions, Omit<OpenOptions, 'signal' | 'timestamps' | 'log' | 'logLevel'> {
  /** A store to write to. The transport leaves it open. */
  store?: Store<any>
  /** `source_type` of the events; `winston` by default. */
  sourceType?: string
  /** `source_id` of records that have no `hostname`. */
  sourceId?: string
  /** Wait for the commit of each write before the next. */
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
 * What cannot be written makes the transport emit `error`, which the logger emits again, as for any transport of winston: a file that
 * cannot be opened, or a shared store that was closed. Without a listener the process ends with an uncaught exception. The constructor
 * throws what can be known at once, such as an option that there is not.
 */
export declare class SeerflowTransport extends TransportStream {
  constructor (options?: SeerflowTransportOptions)
  /** All that was logged before is committed when it ends. */
  flush (): Promise<void>
}

export default SeerflowTransport
