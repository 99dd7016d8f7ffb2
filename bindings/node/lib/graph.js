'use strict'

// The entity graph.

const { TIMEOUT } = require('./context')
const { idOf } = require('./check')
const { parseRecords } = require('./json')
const { toNdjson } = require('./json_write')

class Graph {
  #context

  constructor (context) {
    this.#context = context
  }

  addEdges (edges, { durable = true, timeout = TIMEOUT, signal } = {}) {
    const data = toNdjson(Array.isArray(edges) ? edges : [edges])
    return this.#context.call(signal, (number) => this.#native.graphAddEdges(number, data, Boolean(durable), timeout))
  }

  async neighbours (entity, { depth = 1, relations = [], timeout = TIMEOUT, signal } = {}) {
    const id = idOf(entity)
    return this.#context.list(signal, (number) => this.#native.graphNeighbours(number, id, depth, relations, timeout))
  }

  async path (from, to, { timeout = TIMEOUT, signal } = {}) {
    const ends = [idOf(from), idOf(to)]
    return this.#context.list(signal, (number) => this.#native.graphPath(number, ...ends, timeout))
  }

  async subgraph (entity, { depth = 1, timeout = TIMEOUT, signal } = {}) {
    const id = idOf(entity)
    const { nodes, edges } = await this.#context.call(signal, (number) => this.#native.graphSubgraph(number, id, depth, timeout))
    return { nodes: parseRecords(nodes, this.#context.time), edges: parseRecords(edges, this.#context.time) }
  }

  async related (entity, { timeout = TIMEOUT, signal } = {}) {
    const id = idOf(entity)
    return this.#context.list(signal, (number) => this.#native.graphRelated(number, id, timeout))
  }

  counts ({ timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) => this.#native.graphCounts(number, timeout))
  }

  top (measure, { limit = 10, timeout = TIMEOUT, signal } = {}) {
    return this.#context.list(signal, (number) => this.#native.graphTop(number, measure, limit, timeout))
  }

  check ({ timeout = TIMEOUT, signal } = {}) {
    return this.#context.call(signal, (number) => this.#native.graphHealth(number, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

module.exports = { Graph }
