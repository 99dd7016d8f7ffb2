'use strict'

// State of detection: models, Sigma rules, templates.

const { TIMEOUT } = require('./context')
const { nanoseconds } = require('./check')
const { toNdjson } = require('./json_write')

class Models {
  #context

  constructor (context) {
    this.#context = context
  }

  save (key, data, { expected, timeout = TIMEOUT, signal } = {}) {
    const time = expected === null ? null : nanoseconds(expected)
    return this.#context.call(signal, (number) => this.#native.saveModel(number, key, data, time, timeout)).then(this.#context.time)
  }

  async load (key, { timeout = TIMEOUT, signal } = {}) {
    const model = await this.#context.call(signal, (number) => this.#native.loadModel(number, key, timeout))
    return { data: model.data, updated_at_ns: this.#context.time(model.updated_at_ns) }
  }

  async delete (key, { timeout = TIMEOUT, signal } = {}) {
    return await this.#context.call(signal, (number) => this.#native.deleteModel(number, key, timeout)) > 0
  }

  list ({ prefix = '', timeout = TIMEOUT, signal } = {}) {
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

  async list ({ timeout = TIMEOUT, signal } = {}) {
    const rules = await this.#context.list(signal, (number) => this.#native.sigmaRules(number, timeout))
    return rules.map((rule) => ({ ...rule, enabled: Boolean(rule.enabled) }))
  }

  enable (ruleId, enabled = true, { timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) => this.#native.enableSigmaRule(number, ruleId, Boolean(enabled), timeout))
  }

  addMatches (matches, { timeout = TIMEOUT, signal } = {}) {
    const data = toNdjson(Array.isArray(matches) ? matches : [matches])
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

  list ({ limit = 100, timeout = TIMEOUT, signal } = {}) {
    return this.#context.list(signal, (number) => this.#native.templates(number, limit, timeout))
  }

  write (templates, { timeout = TIMEOUT, signal } = {}) {
    const data = toNdjson(Array.isArray(templates) ? templates : [templates])
    return this.#context.call(signal, (number) => this.#native.writeTemplates(number, data, timeout))
  }

  prune (minCount, { timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) => this.#native.pruneTemplates(number, BigInt(minCount), timeout))
  }

  reset ({ timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) => this.#native.pruneTemplates(number, undefined, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

module.exports = { Models, SigmaRules, Templates }
