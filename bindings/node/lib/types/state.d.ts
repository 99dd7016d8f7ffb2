// The state of detectors: models, Sigma rules, templates.
import type { CallOptions, Time, TimeInput, WithTimes, WithToJSON } from './common.js'

/** The saved state of detectors: bytes under a key. */
export interface Models<T extends Time = bigint> {
  /**
   * Saves a model of at most 64 MiB, and returns the time of the save. With `expected`, the model is saved only if the stored one was saved
   * at that time (null: only if none is stored); otherwise the call fails with `conflict`.
   */
  save (key: string, data: Uint8Array | string, options?: CallOptions & { expected?: T | null }): Promise<T>
  /** Returns a model. Fails with `not_found` if it is not stored. */
  load (key: string, options?: CallOptions): Promise<{ data: Buffer, updated_at_ns: T }>
  /** Deletes a model, and returns false if it was not stored. */
  delete (key: string, options?: CallOptions): Promise<boolean>
  /** Lists models in the order of their keys. */
  list (options?: CallOptions & { prefix?: string }): Promise<Array<{ key: string, bytes: number, updated_at_ns: T }>>
}

/** The state of Sigma rules. */
export interface SigmaRules<T extends Time = bigint> {
  /** Lists the rules with a state, in the order of their ids. */
  list (options?: CallOptions): Promise<Array<{ rule_id: string, enabled: boolean, match_count_lifetime: number, last_fired_ns?: T | null, updated_at_ns: T }>>
  /** Enables a rule, or disables it. */
  enable (ruleId: string, enabled?: boolean, options?: CallOptions): Promise<void>
  /** Adds matches to the counts of rules. */
  writeMatches (matches: SigmaMatches | readonly SigmaMatches[], options?: CallOptions): Promise<void>
}

/** Matches of a Sigma rule since the last call. */
export interface SigmaMatches { rule_id: string, count: number, last_fired_ns: TimeInput }

/** A pattern of log messages, and its statistics. */
export interface Template<T extends Time = bigint> extends WithToJSON {
  template_id: number
  template_str: string
  first_seen_ns: T
  last_seen_ns: T
  event_count: number
  example_message?: string | null
}

/** Patterns of log messages. */
export interface Templates<T extends Time = bigint> {
  /** Lists templates by their number of events, largest first. */
  list (options?: CallOptions & { limit?: number }): Promise<Array<Template<T>>>
  /** Writes templates. The statistics of stored templates are updated. */
  write (templates: WithTimes<Template<Time>> | ReadonlyArray<WithTimes<Template<Time>>>, options?: CallOptions): Promise<void>
  /** Removes templates with fewer events, and returns their number. */
  prune (minCount: number, options?: CallOptions): Promise<number>
  /** Removes all templates, and returns their number. */
  reset (options?: CallOptions): Promise<number>
}
