import seerflow from './index.js'

export const { open, Store, SeerflowError, entityId, nanoseconds, configOptions, version } = seerflow
export default seerflow
