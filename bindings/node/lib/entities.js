'use strict'

// Entities, and the edges between them.

const { WAIT, addon } = require('./context')
const { idOf, nanoseconds } = require('./check')
const { toNdjson } = require('./json_write')
const { optionsOf } = require('./options')

class Entities {
  #context

  constructor (context) {
    this.#context = context
  }

  async of (eventId, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'entities.of()')
    return this.#context.list(signal, (number) => this.#native.entitiesOf(number, eventId, timeout))
  }

  async describe (entity, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'entities.describe()')
    const id = idOf(entity)
    const [described] = await this.#context.list(signal, (number) => this.#native.describeEntity(number, id, timeout))
    return described
  }

  async related (entity, options) {
    const { limit, timeout, signal } = optionsOf(options, { limit: 100, ...WAIT }, 'entities.related()')
    const id = idOf(entity)
    return this.#context.list(signal, (number) => this.#native.related(number, id, limit, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

class Edges {
  #context

  constructor (context) {
    this.#context = context
  }

  async upsert (edges, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'edges.upsert()')
    const data = toNdjson(edges, 'an edge')
    return this.#context.call(signal, (number) => this.#native.upsertEdges(number, data, timeout))
  }

  async * all (options) {
    const { pageSize, timeout, signal } = optionsOf(options, { pageSize: 500, ...WAIT }, 'edges.all()')
    const cursor = addon.edgeCursor()
    for (;;) {
      const edges = await this.#context.list(signal, (number) => this.#native.edges(number, cursor, pageSize, timeout))
      if (edges.length === 0) return
      yield * edges
    }
  }

  async prune (before, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'edges.prune()')
    return this.#context.call(signal, (number) => this.#native.pruneEdges(number, nanoseconds(before, 'before'), timeout))
  }

  get #native () {
    return this.#context.native
  }
}

module.exports = { Entities, Edges }
