// Alerts, and verdicts on them.
import type { Bucket, CallOptions, Counted, EntityInput, EntityType, Time, TimeInput, TimeRange, WithToJSON } from './common.js'

/** An alert to be written. The type, rule, severity and entity are enough. */
export interface AlertInput {
  /** The id of this occurrence. Generated if absent. */
  alert_id?: string
  alert_type: 'ml' | 'sigma' | 'correlation' | 'ueba' | 'ioc'
  /** The current time if absent. */
  timestamp_ns?: TimeInput
  severity_id?: number
  rule_name: string
  description?: string
  /** The id of the entity. If absent, it is computed from `entity_type` and `entity_value`. */
  entity_uuid?: string
  entity_value?: string
  entity_type?: EntityType
  contributing_events?: readonly string[]
  mitre_tactics?: readonly string[]
  mitre_techniques?: readonly string[]
  risk_score?: number
  /** The deduplication key: within a window of time, alerts with the same key are one alert. `type:rule:entity` if absent. */
  dedup_key?: string
  dedup_count?: number
}

/** An alert as returned by queries. */
export interface Alert<T extends Time = bigint> extends WithToJSON, Required<Omit<AlertInput, 'timestamp_ns'>> {
  timestamp_ns: T
  /** The verdict: `tp` for a true positive, `fp` for a false positive, empty if absent. */
  feedback: 'tp' | 'fp' | ''
  feedback_note: string
}

/** The outcome of one alert that was written. */
export interface AlertResult {
  alert_id: string
  /** True for the first alert with its key, or the first in a new window. False for another occurrence of a stored alert. */
  is_new: boolean
  /** The number of occurrences that the stored alert now stands for. */
  dedup_count: number
}

/** Filters of alerts. An alert must pass all of them. */
export interface AlertFilters extends TimeRange {
  type?: AlertInput['alert_type']
  minSeverity?: number
  entity?: EntityInput
  tactic?: string
  /** A technique such as T1053 also selects its sub-techniques. */
  technique?: string
}

/** The filters of alerts, newest first. */
export interface AlertQuery extends AlertFilters, CallOptions {
  limit?: number
  pageSize?: number
  cursor?: string
}

/** A group of true positives with the same type, rule and entity type. */
export interface AlertPattern<T extends Time = bigint> extends WithToJSON {
  alert_type: string
  rule_name: string
  entity_type: string
  count: number
  last_verdict_ns: T
  alert_ids: string[]
}

/** A verdict in the audit trail. */
export interface Verdict<T extends Time = bigint> extends WithToJSON {
  id: number
  alert_id: string
  feedback: 'tp' | 'fp'
  note: string
  origin: string
  submitted_at_ns: T
}

/** Alerts, and verdicts on them. */
export interface Alerts<T extends Time = bigint> {
  /**
   * Writes alerts in one transaction: all of them or none. An alert whose `dedup_key` is already stored counts as another occurrence of the
   * stored alert if their times differ by at most `window` nanoseconds (15 minutes by default). With a negative window every alert is new.
   */
  write (alerts: AlertInput | readonly AlertInput[], options?: CallOptions & { window?: bigint | number }): Promise<AlertResult[]>
  /** Iterates over alerts. */
  query (query?: AlertQuery): AsyncGenerator<Alert<T>, void, undefined>
  /** Returns one page of alerts. */
  queryPage (query?: Omit<AlertQuery, 'pageSize'> & { page?: number, total?: boolean }): Promise<{ alerts: Array<Alert<T>>, nextCursor?: string, total?: number }>
  /** Returns the alert with this id. Fails with `not_found` if it is not stored. */
  get (alertId: string, options?: CallOptions): Promise<Alert<T>>
  /** Counts alerts in buckets of `bucket` nanoseconds, one hour by default. */
  histogram (query?: AlertFilters & CallOptions & { bucket?: bigint | number }): Promise<Array<Bucket<T>>>
  /** Counts alerts by rule or by severity name, the largest count first; 100 values by default. */
  countBy (by: 'rule' | 'severity', query?: AlertFilters & CallOptions & { limit?: number }): Promise<Counted[]>
  /** Groups true positives, the largest groups first. The window applies to the times of the verdicts. */
  patterns (query?: AlertFilters & CallOptions & { minCount?: number, limit?: number, maxAlerts?: number }): Promise<Array<AlertPattern<T>>>
  /** Sets the verdict of an alert and appends it to the audit trail, in one transaction. With `auditOnly` it is only appended. */
  judge (alertId: string, verdict: 'tp' | 'fp', options?: CallOptions & { note?: string, origin?: 'dashboard' | 'cli' | 'api', at?: TimeInput, auditOnly?: boolean }): Promise<void>
  /** Lists the verdicts in the audit trail, newest first. */
  verdicts (query?: CallOptions & { alertId?: string, page?: number, limit?: number }): Promise<Array<Verdict<T>>>
  /** Counts the alerts with each verdict. */
  verdictCounts (options?: CallOptions): Promise<{ tp: number, fp: number, total: number }>
}
