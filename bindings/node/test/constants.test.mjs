import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import * as seerflow from '../lib/index.mjs'
import constants from '../lib/constants.js'

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const types = ['index.d.ts', ...readdirSync(path('../lib/types')).map((name) => `types/${name}`)].map((name) => readFileSync(path(`../lib/${name}`), 'utf8')).join('\n')

test('the constants are those of the header', () => {
  const check = spawnSync(process.execPath, [path('../scripts/constants.mjs'), '--check'], { encoding: 'utf8' })
  assert.equal(check.status, 0, check.stderr)
})

test('the types have every code, order and entity type', () => {
  const union = (name) => new Set(types.match(new RegExp(`${name}(?: =|\\?:)([^;]*?)(?:\\n\\n|\\n  /\\*\\*)`))[1].match(/'\w+'/g).map((quoted) => quoted.slice(1, -1)))
  assert.deepEqual(union('ErrorCode'), new Set([...Object.keys(constants.STATUS).slice(1), 'unknown']))
  assert.deepEqual(union('EntityType'), new Set(Object.keys(constants.ENTITY_TYPE)))
  assert.deepEqual(union('LogLevel'), new Set(Object.keys(constants.LOG_LEVEL)))
  assert.deepEqual(union('CountBy'), new Set(Object.keys(constants.COUNT_BY).filter((name) => name !== 'none' && name !== 'rule')))
  assert.deepEqual(union('order'), new Set(Object.keys(constants.ORDER)))
})

test('the types have every exported name and every method', async () => {
  for (const name of Object.keys(seerflow)) {
    if (name !== 'default') assert.match(types, new RegExp(`export declare (function|class|const) ${name}\\b`), name)
  }
  for (const name of Object.getOwnPropertyNames(seerflow.Store.prototype)) {
    if (name !== 'constructor') assert.match(types, new RegExp(`^  (readonly )?${name}( \\(|: )`, 'm'), name)
  }
})
