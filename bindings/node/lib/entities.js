'use strict'

// Entities, and the edges between them.

const { TIMEOUT, addon } = require('./context')
const { idOf, nanoseconds } = require('./check')
const { toNdjson } = require('./json_write')

class Entities {
  #context

  constructor (context) {
    this.#context = context
  }

  of (eventId, { timeout = TIMEOUT, signal } = {}) {
    return this.#context.list(signal, (number) => this.#native.entitiesOf(number, eventId, timeout))
  }

  async describe (entity, { timeout = TIMEOUT, signal } = {}) {
    const id = idOf(entity)
    const [described] = await this.#context.list(signal, (number) => this.#native.describeEntity(number, id, timeout))
    return described
  }

  related (entity, { limit = 100, timeout = TIMEOUT, signal } = {}) {
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

  upsert (edges, { timeout = TIMEOUT, signal } = {}) {
    const data = toNdjson(Array.isArray(edges) ? edges : [edges])
    return this.#context.call(signal, (number) => this.#native.upsertEdges(number, data, timeout))
  }

  async * all ({ pageSize = 500, timeout = TIMEOUT, signal } = {}) {
    const cursor = addon.edgeCursor()
    for (;;) {
      const edges = await this.#context.list(signal, (number) => this.#native.edges(number, cursor, pageSize, timeout))
      if (edges.length === 0) return
      yield * edges
    }
  }

  prune (before, { timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) => this.#native.pruneEdges(number, nanoseconds(before), timeout))
  }

  get #native () {
    return this.#context.native
  }
}

module.exports = { Entities, Edges }
