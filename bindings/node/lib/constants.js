// Made by scripts/constants.mjs from include/seerflow.h. Do not edit: npm run constants
'use strict'

exports.STATUS = Object.freeze({
  ok: 0,
  invalid: 1,
  config: 2,
  not_found: 3,
  again: 4,
  timeout: 5,
  interrupted: 6,
  closed: 7,
  forked: 8,
  panic: 9,
  io: 10,
  database: 11,
  corrupt: 12,
  full: 13,
  busy: 14,
  schema: 15,
  unsupported: 16,
  permission: 17,
  limit: 18,
  conflict: 19,
  lost: 20
})

exports.HEALTH = Object.freeze({
  idle: 0,
  ok: 1,
  degraded: 2,
  closed: 3
})

exports.DURABILITY = Object.freeze({
  none: 0,
  process: 1,
  power: 2
})

exports.ORDER = Object.freeze({
  newest: 0,
  oldest: 1,
  arrival: 2
})

exports.TOTAL = Object.freeze({
  none: 0,
  capped: 1,
  exact: 2
})

exports.ENTITY_TYPE = Object.freeze({
  user: 1,
  ip: 2,
  host: 3,
  process: 4,
  file: 5,
  domain: 6
})

exports.COUNT_BY = Object.freeze({
  source: 1,
  host: 2,
  template: 3,
  severity: 4,
  entity: 5
})

exports.LOG_LEVEL = Object.freeze({
  error: 1,
  warning: 2,
  info: 3,
  debug: 4
})
