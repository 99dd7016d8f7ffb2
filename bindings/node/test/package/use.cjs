'use strict'

// Uses the installed package from CommonJS, and its transport for pino without pino.
const assert = require('node:assert/strict')
const { finished } = require('node:stream/promises')
const { open } = require('seerflow')
const transport = require('seerflow/pino')

async function main () {
  const stream = await transport({ path: 'cjs.db' })
  stream.end('{"level":30,"msg":"from CommonJS"}\n')
  await finished(stream)
  const store = await open({ path: 'cjs.db' })
  assert.equal((await store.search('commonjs'))[0].message, 'from CommonJS')
  await store.close()
  assert.throws(() => require('seerflow/lib/store.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
}

main()
