// The entities that occur together with an entity: a small graph for a picture.
import { entityId } from 'seerflow'

/** The lists of an event, and the type of the entities in each. */
const LISTS = /** @type {const} */ ({
  related_ips: 'ip', related_users: 'user', related_hosts: 'host', related_processes: 'process', related_files: 'file', related_domains: 'domain'
})

const NODES = 24

/** @typedef {{ entity: string, entity_type: string, value: string }} Named */

/** Returns the id of the entity in a query, which has an id or a type and a value. @param {URLSearchParams} query */
export function entityOf (query) {
  return query.get('id') || entityId(/** @type {import('seerflow').EntityType} */ (query.get('type') ?? ''), query.get('value') ?? '')
}

/**
 * Returns the entities that occur with an entity in its newest events, and which of them occur together. Stored relations name the edges.
 * @param {import('seerflow').Store} store
 * @param {Named} centre
 * @param {import('seerflow').Event[]} events
 * @param {AbortSignal} signal
 */
export async function neighbourhood (store, centre, events, signal) {
  /** @type {Map<string, Named & { count: number }>} */
  const nodes = new Map()
  const together = events.map((event) => {
    const named = entitiesOf(event)
    for (const entity of named) {
      const node = nodes.get(entity.entity) ?? { ...entity, count: 0 }
      node.count++
      nodes.set(entity.entity, node)
    }
    return named.map(({ entity }) => entity)
  })
  const kept = [...nodes.values()].filter(({ entity }) => entity !== centre.entity).sort((a, b) => b.count - a.count).slice(0, NODES)
  const ids = new Set([centre.entity, ...kept.map(({ entity }) => entity)])
  /** @type {Map<string, { source: string, target: string, count: number, rel?: string }>} */
  const edges = new Map()
  for (const list of together) {
    const there = [...new Set(list)].filter((id) => ids.has(id)).sort()
    for (const [i, source] of there.entries()) {
      for (const target of there.slice(i + 1)) {
        const edge = edges.get(source + target) ?? { source, target, count: 0 }
        edge.count++
        edges.set(source + target, edge)
      }
    }
  }
  for (const { entity, rel_type: rel } of await store.graph.related(centre.entity, { signal })) {
    const edge = edges.get([centre.entity, entity].sort().join(''))
    if (edge) edge.rel ??= rel
  }
  return { nodes: [{ ...centre, count: events.length }, ...kept], edges: [...edges.values()] }
}

/** @param {import('seerflow').Event} event @returns {Named[]} */
function entitiesOf (event) {
  const named = []
  for (const [list, type] of Object.entries(LISTS)) {
    for (const value of event[/** @type {keyof typeof LISTS} */ (list)] ?? []) {
      try {
        named.push({ entity: entityId(type, value), entity_type: type, value })
      } catch {
        // The value has no id, for example because it is a malformed address.
      }
    }
  }
  return named
}
