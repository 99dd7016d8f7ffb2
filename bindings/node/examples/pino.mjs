// A logger whose lines go into a store.
import pino from 'pino'

const stream = pino.transport({ target: 'seerflow/pino', options: { path: 'events.db' } })
// A store that cannot be opened or written to; without a listener it would end the process.
stream.on('error', (error) => console.error('events are not stored:', error.message))

const logger = pino({ name: 'shop' }, stream)
logger.info({ order: 7 }, 'paid')
logger.error(new Error('card declined'), 'payment failed')
