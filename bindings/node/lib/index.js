'use strict'

const { addon } = require('./native')
const { SeerflowError } = require('./errors')
const { Store } = require('./store')
const { entityId, nanoseconds } = require('./check')

/** Lists the options of a configuration: the key, the default, and a description. */
function configOptions () {
  const texts = addon.configOptions()
  const options = []
  for (let i = 0; i < texts.length; i += 3) options.push({ key: texts[i], default: texts[i + 1], doc: texts[i + 2] })
  return options
}

module.exports = { open: Store.open, Store, SeerflowError, entityId, nanoseconds, configOptions, version: addon.version }
