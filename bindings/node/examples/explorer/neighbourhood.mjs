// What an entity is seen with: a small graph for a picture.
import { entityId } from 'seerflow'

/** The lists of an event, and the kind of entity in each. */
const LISTS = /** @type {const} */ ({
  related_ips: 'ip', related_users: 'user', related_hosts: 'host', related_processes: 'process', related_files: 'file', related_domains: 'domain'
})

const NODES = 24

/** @typedef {{ entity: string, entity_type: string, value: string }} Named */

/** The entity that a query names: by its id, or by type and value. @param {URLSearchParams} query */
export function entityOf (query) {
  return query.get('id') || entityId(/** @type {import('seerflow').EntityType} */ (query.get('type') ?? ''), query.get('value') ?? '')
}

/**
 * The entities that occur with one, in its own newest events, and which of them occur together; relations that are stored name the edges.
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
        // A value that has no id, such as an address that is none.
      }
    }
  }
  return named
}
