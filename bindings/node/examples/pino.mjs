// A logger whose lines are stored.
import pino from 'pino'

const stream = pino.transport({ target: 'seerflow/pino', options: { path: 'events.db' } })
// The stream emits an error if the store cannot be opened or written to. Without a listener that would end the process.
stream.on('error', (error) => console.error('events are not stored:', error.message))

const logger = pino({ name: 'shop' }, stream)
logger.info({ order: 7 }, 'paid')
logger.error(new Error('card declined'), 'payment failed')
