'use strict'

// State of detection: models, Sigma rules, templates.

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
    const { expected, timeout, signal } = optionsOf(options, { expected: undefined, ...WAIT }, 'models.save()')
    const time = expected === null ? null : nanoseconds(expected, 'expected')
    return this.#context.time(await this.#context.call(signal, (number) => this.#native.saveModel(number, key, data, time, timeout)))
  }

  async load (key, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'models.load()')
    const model = await this.#context.call(signal, (number) => this.#native.loadModel(number, key, timeout))
    return { data: model.data, updated_at_ns: this.#context.time(model.updated_at_ns) }
  }

  async delete (key, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'models.delete()')
    return await this.#context.call(signal, (number) => this.#native.deleteModel(number, key, timeout)) > 0
  }

  async list (options) {
    const { prefix, timeout, signal } = optionsOf(options, { prefix: '', ...WAIT }, 'models.list()')
    return this.#context.list(signal, (number) => this.#native.models(number, prefix, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

class SigmaRules {
  #context

  constructor (context) {
    this.#context = context
  }

  async list (options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'sigmaRules.list()')
    const rules = await this.#context.list(signal, (number) => this.#native.sigmaRules(number, timeout))
    return rules.map((rule) => ({ ...rule, enabled: Boolean(rule.enabled) }))
  }

  async enable (ruleId, enabled = true, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'sigmaRules.enable()')
    return this.#context.call(signal, (number) => this.#native.enableSigmaRule(number, ruleId, Boolean(enabled), timeout))
  }

  async addMatches (matches, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'sigmaRules.addMatches()')
    const data = toNdjson(matches, 'the matches of a rule')
    return this.#context.call(signal, (number) => this.#native.addSigmaMatches(number, data, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

class Templates {
  #context

  constructor (context) {
    this.#context = context
  }

  async list (options) {
    const { limit, timeout, signal } = optionsOf(options, { limit: 100, ...WAIT }, 'templates.list()')
    return this.#context.list(signal, (number) => this.#native.templates(number, limit, timeout))
  }

  async write (templates, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'templates.write()')
    const data = toNdjson(templates, 'a template')
    return this.#context.call(signal, (number) => this.#native.writeTemplates(number, data, timeout))
  }

  async prune (minCount, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'templates.prune()')
    if (!Number.isSafeInteger(minCount) || minCount < 0) throw invalid(`templates.prune(): the smallest count is a whole number from 0, not ${kindOf(minCount)}`)
    return this.#context.call(signal, (number) => this.#native.pruneTemplates(number, BigInt(minCount), timeout))
  }

  async reset (options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'templates.reset()')
    return this.#context.call(signal, (number) => this.#native.pruneTemplates(number, undefined, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

module.exports = { Models, SigmaRules, Templates }
