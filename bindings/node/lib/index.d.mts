export * from './index.js'
import * as seerflow from './index.js'
export default seerflow
