// Several copies of the JavaScript over one addon, as Jest and tests that empty `require.cache` make them.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { folder } from './support/folder.mjs'

const require = createRequire(import.meta.url)
const index = fileURLToPath(new URL('../lib/index.js', import.meta.url))

/** Loads the JavaScript again; the addon stays loaded. */
function copy () {
  for (const path of Object.keys(require.cache)) if (!path.endsWith('.node')) delete require.cache[path]
  return require(index)
}

test('every copy of the JavaScript gets the results, failures and log records of its stores', { timeout: 30_000 }, async (t) => {
  const path = join(folder(t), 'events.db')
  const listeners = process.listenerCount('exit')
  const copies = Array.from({ length: 12 }, copy)
  assert.equal(new Set(copies.map(({ open }) => open)).size, copies.length)
  assert.ok(process.listenerCount('exit') <= listeners + 1)
  const records = []
  const stores = await Promise.all(copies.map(({ open }, i) => open({ path, log: (level, text) => records.push([i, text.split(' ')[0]]) })))
  await Promise.all(stores.map((store) => store.write({ message: 'm' }, { durable: true })))
  await Promise.all(stores.map((store, i) => assert.rejects(store.event('01a210d4-bc34-75d6-9980-1f834d60299b'), copies[i].SeerflowError)))
  assert.equal((await stores[0].summary()).events, copies.length)
  await Promise.all(stores.map((store) => store.close()))
  for (const word of ['opened', 'closed']) {
    const logged = records.filter(([, first]) => first === word).map(([i]) => i)
    assert.deepEqual(logged.sort((a, b) => a - b), copies.map((_, i) => i), word)
  }
})

test('the end of the process stores the remaining slices of every copy', (t) => {
  const path = join(folder(t), 'events.db')
  const script = `
    async function main () {
      const stores = []
      for (let i = 0; i < 2; i++) {
        stores.push(await require(${JSON.stringify(index)}).open({ path: process.argv[1] }))
        for (const key of Object.keys(require.cache)) if (!key.endsWith('.node')) delete require.cache[key]
      }
      for (const store of stores) store.write(Array.from({ length: 10_000 }, (_, i) => ({ message: 'm' + i })))
      process.exit(0)
    }
    main()`
  const run = spawnSync(process.execPath, ['-e', script, path], { encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([run.status, run.stderr], [0, ''])
  const count = spawnSync('python3', ['-c', 'import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM events").fetchone()[0])', path], { encoding: 'utf8' })
  assert.equal(count.stdout.trim(), '20000', count.stderr)
})
