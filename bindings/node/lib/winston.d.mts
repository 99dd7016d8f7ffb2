import { SeerflowTransport } from './winston.js'
export { SeerflowTransport }
export type { SeerflowTransportOptions } from './winston.js'
export default SeerflowTransport
