// Entities, the edges between them, and the graph.
import type { CallOptions, EntityInput, EntityType, Time, TimeInput, WithTimes, WithToJSON } from './common.js'

/** An entity: its id, type and value. Type and value are empty if no event contains them. */
export interface Entity { entity: string, entity_type: EntityType | '', value: string }

/** The entities that events are about. */
export interface Entities {
  /** Lists the entities of an event. */
  of (eventId: string, options?: CallOptions): Promise<Entity[]>
  /** Returns the type and value of an entity id, from the newest event that names it. Fails with `not_found` if none does. */
  describe (entity: EntityInput, options?: CallOptions): Promise<Entity>
}

/** A directed edge between two entities. */
export interface Edge<T extends Time = bigint> extends WithToJSON {
  source_id: string
  target_id: string
  /** The relation: a letter or underscore, then letters, digits and underscores. */
  rel_type: string
  first_seen_ns: T
  last_seen_ns: T
  event_count: number
}

/** Edges between entities. */
export interface Edges<T extends Time = bigint> {
  /**
   * Writes edges: all of them or none. The times and counts of stored edges are updated. Queries on the graph see the edges at once. With
   * `durable: false` they are committed in the background.
   */
  write (edges: WithTimes<Edge<Time>> | ReadonlyArray<WithTimes<Edge<Time>>>, options?: CallOptions & { durable?: boolean }): Promise<void>
  /** Iterates over all edges, in the order of source, target and relation. */
  all (options?: CallOptions & { pageSize?: number }): AsyncGenerator<Edge<T>, void, undefined>
  /** Removes the edges that were last seen before a time, and returns their number. */
  prune (before: TimeInput, options?: CallOptions): Promise<number>
}

/** An entity of the graph, and its distance in edges. */
export interface Neighbour { entity: string, distance: number }

/** The measures of entities in the graph. */
export type Measure = 'pagerank' | 'betweenness' | 'fan_in' | 'fan_out' | 'ego_graph_size' | 'community_id' | 'component_id'

/** The entity graph. `storage.graph_backend` selects its back end. */
export interface Graph<T extends Time = bigint> {
  /** Lists the entities within `depth` edges (1 by default), in any direction. With `relations`, only their edges are followed. */
  neighbours (entity: EntityInput, options?: CallOptions & { depth?: number, relations?: readonly string[] }): Promise<Neighbour[]>
  /** Lists the entities on a shortest path, including both ends; empty if no path exists. */
  path (from: EntityInput, to: EntityInput, options?: CallOptions): Promise<Neighbour[]>
  /** Returns the entities within `depth` edges, including the entity itself, and every edge between two of them. */
  subgraph (entity: EntityInput, options?: CallOptions & { depth?: number }): Promise<{ nodes: Neighbour[], edges: Array<Edge<T>> }>
  /** Lists the direct neighbours of an entity with their relation, the most often seen first. */
  related (entity: EntityInput, options?: CallOptions): Promise<Array<{ entity: string, rel_type: string, event_count: number }>>
  /** Counts the entities and the edges. */
  counts (options?: CallOptions): Promise<{ vertices: number, edges: number }>
  /** Lists the entities with the largest values of a measure. */
  top (measure: Measure, options?: CallOptions & { limit?: number }): Promise<Array<{ entity: string, value: number }>>
  /** Fails if the graph cannot be reached now. */
  check (options?: CallOptions): Promise<void>
}
