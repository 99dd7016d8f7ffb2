import transport from './pino.js'

export default transport
