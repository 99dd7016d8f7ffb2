// Made by scripts/constants.mjs from include/seerflow.h. Do not edit: npm run constants

export declare const STATUS: Readonly<{
  ok: 0
  invalid: 1
  config: 2
  not_found: 3
  again: 4
  timeout: 5
  interrupted: 6
  closed: 7
  forked: 8
  panic: 9
  io: 10
  database: 11
  corrupt: 12
  full: 13
  busy: 14
  schema: 15
  unsupported: 16
  permission: 17
  limit: 18
  conflict: 19
  lost: 20
}>

export declare const STATE: Readonly<{
  idle: 0
  ok: 1
  degraded: 2
  closed: 3
}>

export declare const DURABILITY: Readonly<{
  none: 0
  process: 1
  power: 2
}>

export declare const ORDER: Readonly<{
  newest: 0
  oldest: 1
  arrival: 2
}>

export declare const TOTAL: Readonly<{
  none: 0
  capped: 1
  exact: 2
}>

export declare const ENTITY_TYPE: Readonly<{
  user: 1
  ip: 2
  host: 3
  process: 4
  file: 5
  domain: 6
}>

export declare const COUNT_BY: Readonly<{
  none: 0
  source: 1
  host: 2
  template: 3
  severity: 4
  entity: 5
  rule: 6
}>

export declare const FORMAT: Readonly<{
  lines: 1
  ndjson: 2
  msgpack: 3
  otlp: 4
  otlp_json: 5
  fluent: 6
}>

export declare const KIND: Readonly<{
  none: 0
  event: 1
  alert: 2
  template: 3
  dead_letter: 4
  feedback: 5
  model: 6
  sigma_rule: 7
  edge: 8
  entity: 9
  count: 10
  bucket: 11
  alert_result: 12
  alert_pattern: 13
  related: 14
  neighbour: 15
  score: 16
  finding: 17
  rejection: 18
  sigma_matches: 19
}>

export declare const CHECK: Readonly<{
  structure: 1
  text: 2
}>

export declare const LOG_LEVEL: Readonly<{
  error: 1
  warning: 2
  info: 3
  debug: 4
}>
