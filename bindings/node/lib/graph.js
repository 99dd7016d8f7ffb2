'use strict'

// The entity graph.

const { WAIT } = require('./context')
const { idOf } = require('./check')
const { invalid } = require('./errors')
const { parseRecords } = require('./json')
const { toNdjson } = require('./json_write')
const { kindOf, optionsOf } = require('./options')

class Graph {
  #context

  constructor (context) {
    this.#context = context
  }

  async addEdges (edges, options) {
    const { durable, timeout, signal } = optionsOf(options, { durable: true, ...WAIT }, 'graph.addEdges()')
    const data = toNdjson(edges, 'an edge')
    return this.#context.call(signal, (number) => this.#native.graphAddEdges(number, data, Boolean(durable), timeout))
  }

  async neighbours (entity, options) {
    const { depth, relations, timeout, signal } = optionsOf(options, { depth: 1, relations: [], ...WAIT }, 'graph.neighbours()')
    if (!Array.isArray(relations)) throw invalid(`graph.neighbours(): relations is an array of texts, not ${kindOf(relations)}`)
    const id = idOf(entity)
    return this.#context.list(signal, (number) => this.#native.graphNeighbours(number, id, depth, relations, timeout))
  }

  async path (from, to, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'graph.path()')
    const ends = [idOf(from), idOf(to)]
    return this.#context.list(signal, (number) => this.#native.graphPath(number, ...ends, timeout))
  }

  async subgraph (entity, options) {
    const { depth, timeout, signal } = optionsOf(options, { depth: 1, ...WAIT }, 'graph.subgraph()')
    const id = idOf(entity)
    const { nodes, edges } = await this.#context.call(signal, (number) => this.#native.graphSubgraph(number, id, depth, timeout))
    return { nodes: await parseRecords(nodes, this.#context.time), edges: await parseRecords(edges, this.#context.time) }
  }

  async related (entity, options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'graph.related()')
    const id = idOf(entity)
    return this.#context.list(signal, (number) => this.#native.graphRelated(number, id, timeout))
  }

  async counts (options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'graph.counts()')
    return this.#context.call(signal, (number) => this.#native.graphCounts(number, timeout))
  }

  async top (measure, options) {
    const { limit, timeout, signal } = optionsOf(options, { limit: 10, ...WAIT }, 'graph.top()')
    return this.#context.list(signal, (number) => this.#native.graphTop(number, measure, limit, timeout))
  }

  async check (options) {
    const { timeout, signal } = optionsOf(options, WAIT, 'graph.check()')
    return this.#context.call(signal, (number) => this.#native.graphHealth(number, timeout))
  }

  get #native () {
    return this.#context.native
  }
}

module.exports = { Graph }
