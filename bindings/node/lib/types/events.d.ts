// Events, and how they are written.
import type { CallOptions, Time, TimeInput, WithToJSON } from './common.js'

/** The fields that are the same in an event to be written and in one that was read. */
export interface EventFields<Texts extends readonly string[]> {
  /** The W3C trace id, in hexadecimal. */
  trace_id?: string
  /** The W3C span id, in hexadecimal. */
  span_id?: string
  /** The severity: 0 trace, 1 informational (the default), 2 notice, 3 warning, 4 error, 5 critical, 6 fatal. */
  severity_id?: number
  /** The OpenTelemetry severity number, 1 to 24. 9 is the default. */
  otel_severity?: number
  /** ECS event.kind: `event` (the default), `alert`, `metric`, `state`. */
  event_kind?: string
  /** ECS event.category. */
  event_category?: string
  /** ECS event.type. */
  event_type?: string
  /** ECS event.outcome: `success`, `failure`, `unknown`. */
  event_outcome?: string
  /** ECS event.action. */
  event_action?: string
  /** OCSF category. */
  category_uid?: number
  /** OCSF class. */
  class_uid?: number
  /** OCSF type: class_uid * 100 + activity_id. */
  type_uid?: number
  /** OCSF activity. */
  activity_id?: number
  /** The message. Text search looks at it only. */
  message?: string
  /** The type of the source, such as `syslog`, `sshd` or `nginx`. */
  source_type?: string
  /** The source, usually a host name. */
  source_id?: string
  /** Sigma logsource category. */
  log_source_category?: string
  /** Sigma logsource product. */
  log_source_product?: string
  /** Sigma logsource service. */
  log_source_service?: string
  /** The id of the template (log pattern) that the message matched; -1 if none. */
  template_id?: number
  /** The text of the template, with `<*>` for each variable. */
  template_str?: string
  /** The values of the template's variables, in order. */
  template_params?: Texts
  /** Ids of the entities that the event is about. If empty, they are computed from the related lists. */
  entity_refs?: Texts
  /** IP addresses. */
  related_ips?: Texts
  /** Users: `name`, `DOMAIN\name` or `name@domain`. */
  related_users?: Texts
  /** Host names. */
  related_hosts?: Texts
  /** File paths. */
  related_files?: Texts
  /** DNS domains. */
  related_domains?: Texts
  /** Processes: `name:pid`, `name` or `pid`. */
  related_processes?: Texts
  /** Hashes: `algorithm:hex`, in lower case. */
  related_hashes?: Texts
  /** MITRE ATT&CK tactics. */
  mitre_tactics?: Texts
  /** MITRE ATT&CK techniques: `T1053`, `T1053.005`. */
  mitre_techniques?: Texts
  /** The risk, by convention 0 to 100. */
  risk_score?: number
  /** The anomaly score, by convention 0 to 1. */
  anomaly_score?: number
  /** The confidence, 0 to 1. 1 is the default. */
  confidence?: number
  /** Free labels. */
  tags?: Texts
  /** The original record, if the sender includes it. */
  raw_event?: string
}

/**
 * An event to be written. Every field may be left out. Other keys become attributes, whatever the type of the object. In an object literal
 * TypeScript only accepts them under `attributes`, so that a misspelt field is found. The `toJSON()` method of an instance is used.
 */
export interface EventInput extends EventFields<readonly string[]> {
  /** The id, a UUID. Events with the same id are stored once. If absent, a time-ordered id is generated. */
  event_id?: string
  /** The time of the event. The current time if absent. */
  timestamp_ns?: TimeInput
  /** The time at which the collector saw the event. The current time if absent. */
  observed_ns?: TimeInput
  /** The structured body of the record: any value. */
  body?: unknown
  /**
   * Further attributes of the record. Texts, numbers, BigInts, booleans and null are stored as such, and Dates as ISO texts. Objects,
   * arrays, Maps, Sets, Errors (`{ name, message, stack }`) and bytes are stored as their JSON text, because Seerflow cannot decode them
   * otherwise. Undefined values and functions are left out.
   */
  attributes?: object
  /** Attributes of the OpenTelemetry resource that emitted the record. */
  resource_attrs?: { readonly [key: string]: string }
}

/** An event as returned by queries. Fields with their default are left out. */
export interface Event<T extends Time = bigint> extends EventFields<string[]>, WithToJSON {
  event_id: string
  timestamp_ns: T
  observed_ns: T
  /**
   * The body. Bytes are returned as Buffers, integers beyond `Number.MAX_SAFE_INTEGER` as BigInts, and maps with keys that are not texts as
   * Maps.
   */
  body?: unknown
  /** Integers beyond `Number.MAX_SAFE_INTEGER` are BigInts. If a name is stored twice, this is the last value, as in Seerflow. */
  attributes?: Record<string, unknown>
  resource_attrs?: Record<string, string>
}

/** Options of {@link Store.write}. */
export interface WriteOptions extends CallOptions {
  /** Wait until all events are committed, instead of until they are in the queue. Concurrent writes share commits. */
  durable?: boolean
  /**
   * With `durable` only: if the write fails, remove its events from the queue, except for those in a running transaction. The removed
   * events are not stored, and `consumed` of the error is where they start. Other writes wait until such a write ends.
   */
  withdraw?: boolean
  /**
   * The name of the attribute with the record key: a text or an integer that identifies the record among all records of the store. An event
   * without an id gets an id made from that key alone, so a record that is sent again in another batch is stored once. The name is the full
   * key of an attribute, not a path. The default for OpenTelemetry and Fluent is `log.record.uid`.
   */
  recordKeyField?: string
  /**
   * A key of the batch. An event without an id gets one made from the key, its index and its time, so the same write, made again by any
   * process, stores its events once.
   */
  batchKey?: string
  /** The index of the first record, for a write that continues another one with the same batch key. */
  firstIndex?: number
  /**
   * The format of bytes or text: `ndjson`, one JSON object a line, is the default; `msgpack` is maps one after the other, or one array of
   * maps; `lines` is log lines; `otlp` is one OpenTelemetry request in protobuf; `otlp-json` is such requests in JSON, one after the other;
   * `fluent` is records and messages of Fluent Forward.
   */
  format?: 'ndjson' | 'msgpack' | 'lines' | 'otlp' | 'otlp-json' | 'fluent'
  /**
   * True, the default: the input ends here, and an incomplete last line is a line. False, for a stream: an incomplete last record is not
   * consumed. Write it again with more input after it; `consumed` is where it starts.
   */
  complete?: boolean
  /** The `source_type` of events that do not contain one. */
  sourceType?: string
  /** The `source_id` of events that do not contain one. */
  sourceId?: string
  /** A tag, such as Fluent Bit's. It becomes the attribute `tag`, and the `source_type` if neither the event nor `sourceType` sets one. */
  tag?: string
  /** The time zone of log lines without an offset, such as `Europe/Berlin`. The default is UTC. */
  timezone?: string
  /** Store each log line unchanged in `raw_event`. */
  keepRaw?: boolean
  /** Read messages that are themselves a JSON object or a log line with a header. By default those of log lines and Fluent are read, others are not. */
  parse?: boolean
}

/** The outcome of a write. */
export interface WriteResult {
  /** The number of accepted events. After a durable write they are committed. */
  accepted: number
  /** The records that could not be stored as events, by their index. They are stored as dead letters. */
  rejected: Array<{ index: number, reason: string }>
  /**
   * The part of the input that was consumed: events if the input was events, otherwise bytes. Less than the whole input only with
   * `complete: false`.
   */
  consumed: number
  /** The number of events without the attribute that `recordKeyField` names. They have an ordinary id. */
  unkeyed: number
  /** Events whose time was given and not understood. They have the time at which they were received, and the attribute `seerflow.time.unparsed`. */
  unparsedTimes: number
}

/** The outcome of a durable write. */
export interface DurableResult extends WriteResult {
  /** The number of accepted events that were committed and were new. */
  committed: number
  /** The number of accepted events whose id was already stored. */
  duplicates: number
  /** What the commit survives: a crash of the process, or a loss of power. */
  durability: 'none' | 'process' | 'power'
}

/** A record that could not be stored as an event. */
export interface DeadLetter<T extends Time = bigint> extends WithToJSON {
  id: number
  received_ns: T
  format: 'struct' | 'msgpack' | 'ndjson' | 'lines' | 'otlp' | 'otlp-json' | 'fluent'
  reason: string
  payload: string | Buffer
}
