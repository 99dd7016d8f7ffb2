'use strict'

// The entity graph.

const { WAIT } = require('./context')
const { idOf } = require('./check')
const { invalid } = require('./errors')
const { parseRecords } = require('./json')
const { kindOf, optionsOf } = require('./options')

class Graph {
  #context

  constructor (context) {
    this.#context = context
  }

  async neighbours (entity, options) {
    const { depth, relations, ...wait } = optionsOf(options, { depth: 1, relations: [], ...WAIT }, 'graph.neighbours()')
    if (!Array.isArray(relations)) throw invalid(`graph.neighbours(): relations must be an array of texts, not ${kindOf(relations)}`)
    return this.#context.list('graphNeighbours', wait, { entity: idOf(entity), depth, relations })
  }

  async path (from, to, options) {
    return this.#context.list('graphPath', optionsOf(options, WAIT, 'graph.path()'), { id: idOf(from), target: idOf(to) })
  }

  async subgraph (entity, options) {
    const { depth, ...wait } = optionsOf(options, { depth: 1, ...WAIT }, 'graph.subgraph()')
    const { nodes, edges } = await this.#context.call('graphSubgraph', wait, { entity: idOf(entity), depth })
    return { nodes: await parseRecords(nodes.text, this.#context.time), edges: await parseRecords(edges.text, this.#context.time) }
  }

  async related (entity, options) {
    return this.#context.list('graphRelated', optionsOf(options, WAIT, 'graph.related()'), { entity: idOf(entity) })
  }

  async counts (options) {
    return this.#context.call('graphCounts', optionsOf(options, WAIT, 'graph.counts()'))
  }

  async top (measure, options) {
    const { limit, ...wait } = optionsOf(options, { limit: 10, ...WAIT }, 'graph.top()')
    return this.#context.list('graphTop', wait, { id: measure, limit })
  }

  async check (options) {
    return this.#context.call('graphHealth', optionsOf(options, WAIT, 'graph.check()'))
  }
}

module.exports = { Graph }
