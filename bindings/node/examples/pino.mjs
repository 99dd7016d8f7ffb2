// A logger whose lines go into a store.
import pino from 'pino'

const logger = pino({ name: 'shop' }, pino.transport({ target: 'seerflow/pino', options: { path: 'events.db' } }))
logger.info({ order: 7 }, 'paid')
logger.error(new Error('card declined'), 'payment failed')
