'use strict'

// The state of detectors: models, Sigma rules, templates.

const { KIND } = require('./constants')
const { WAIT } = require('./context')
const { nanoseconds } = require('./check')
const { invalid } = require('./errors')
const { toNdjson } = require('./json_write')
const { kindOf, optionsOf } = require('./options')

class Models {
  #context

  constructor (context) {
    this.#context = context
  }

  async save (key, data, options) {
    const { expected, ...wait } = optionsOf(options, { expected: undefined, ...WAIT }, 'models.save()')
    const time = expected === null ? undefined : nanoseconds(expected, 'expected')
    return this.#context.time(await this.#context.call(expected === undefined ? 'saveModel' : 'swapModel', wait, { id: key, data, time }))
  }

  async load (key, options) {
    const model = await this.#context.call('loadModel', optionsOf(options, WAIT, 'models.load()'), { id: key })
    return { data: model.data, updated_at_ns: this.#context.time(model.updated_at_ns) }
  }

  async delete (key, options) {
    return await this.#context.call('deleteModel', optionsOf(options, WAIT, 'models.delete()'), { id: key }) > 0
  }

  async list (options) {
    const { prefix, ...wait } = optionsOf(options, { prefix: undefined, ...WAIT }, 'models.list()')
    return this.#context.list('queryModels', wait, { prefix })
  }
}

class SigmaRules {
  #context

  constructor (context) {
    this.#context = context
  }

  async list (options) {
    return this.#context.list('querySigmaRules', optionsOf(options, WAIT, 'sigmaRules.list()'))
  }

  async enable (ruleId, enabled = true, options) {
    return this.#context.call('enableSigmaRule', optionsOf(options, WAIT, 'sigmaRules.enable()'), { id: ruleId, flag: Boolean(enabled) })
  }

  async writeMatches (matches, options) {
    const wait = optionsOf(options, WAIT, 'sigmaRules.writeMatches()')
    return this.#context.call('writeRecords', wait, { member: KIND.sigma_matches, data: toNdjson(matches, 'the matches of a rule'), flag: true })
  }
}

class Templates {
  #context

  constructor (context) {
    this.#context = context
  }

  async list (options) {
    const { limit, ...wait } = optionsOf(options, { limit: 100, ...WAIT }, 'templates.list()')
    return this.#context.list('queryTemplates', wait, { limit })
  }

  async write (templates, options) {
    const wait = optionsOf(options, WAIT, 'templates.write()')
    return this.#context.call('writeRecords', wait, { member: KIND.template, data: toNdjson(templates, 'a template'), flag: true })
  }

  async prune (minCount, options) {
    const wait = optionsOf(options, WAIT, 'templates.prune()')
    if (!Number.isSafeInteger(minCount) || minCount < 0) throw invalid(`templates.prune(): minCount must be a whole number from 0, not ${kindOf(minCount)}`)
    return this.#context.call('pruneTemplates', wait, { number: minCount })
  }

  async reset (options) {
    return this.#context.call('resetTemplates', optionsOf(options, WAIT, 'templates.reset()'))
  }
}

module.exports = { Models, SigmaRules, Templates }
