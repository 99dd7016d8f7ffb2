import winston from './winston.js'

export const { SeerflowTransport } = winston
export default SeerflowTransport
