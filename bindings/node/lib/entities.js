'use strict'

// Entities, and the edges between them.

const { KIND } = require('./constants')
const { WAIT } = require('./context')
const { idOf, nanoseconds } = require('./check')
const { toNdjson } = require('./json_write')
const { optionsOf } = require('./options')

class Entities {
  #context

  constructor (context) {
    this.#context = context
  }

  async of (eventId, options) {
    return this.#context.list('eventEntities', optionsOf(options, WAIT, 'entities.of()'), { id: eventId })
  }

  async describe (entity, options) {
    return this.#context.one('entity', optionsOf(options, WAIT, 'entities.describe()'), { id: idOf(entity) })
  }
}

class Edges {
  #context

  constructor (context) {
    this.#context = context
  }

  async write (edges, options) {
    const { durable, ...wait } = optionsOf(options, { durable: true, ...WAIT }, 'edges.write()')
    return this.#context.call('writeRecords', wait, { member: KIND.edge, data: toNdjson(edges, 'an edge'), flag: Boolean(durable) })
  }

  async * all (options) {
    yield * this.#context.records('queryEdges', { ...optionsOf(options, { pageSize: 500, ...WAIT }, 'edges.all()'), limit: Infinity }, {})
  }

  async prune (before, options) {
    return this.#context.call('pruneEdges', optionsOf(options, WAIT, 'edges.prune()'), { time: nanoseconds(before, 'before') })
  }
}

module.exports = { Entities, Edges }
