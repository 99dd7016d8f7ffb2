// The first program of the README is the example, and every example that ends by itself runs.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { open } from '../lib/index.mjs'
import { folder } from './support/folder.mjs'

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const run = (t, name, ...args) => {
  const cwd = folder(t)
  const done = spawnSync(process.execPath, [path(`examples/${name}`), ...args], { cwd, encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([done.status, done.stderr], [0, ''])
  return { cwd, out: done.stdout }
}

test('the first program of the README is examples/first.mjs', () => {
  const [, block] = readFileSync(path('README.md'), 'utf8').match(/```js\n([^]*?)```/)
  assert.equal(block, readFileSync(path('examples/first.mjs'), 'utf8').replace(/^\/\/.*\n/, ''))
})

test('examples/first.mjs', (t) => {
  const { out } = run(t, 'first.mjs')
  assert.equal(out.trim().split('\n').length, 3)
  assert.match(out, /Connection closed/)
})

test('examples/ship.mjs stores every line once, even if it runs twice', async (t) => {
  const log = path('../c/examples/logs/sshd.log')
  const lines = readFileSync(log, 'latin1').split('\n').filter((line) => line !== '').length
  const { cwd } = run(t, 'ship.mjs', log)
  for (const again of [false, true]) {
    if (again) assert.equal(spawnSync(process.execPath, [path('examples/ship.mjs'), log], { cwd }).status, 0)
    const store = await open({ path: `${cwd}/events.db` })
    const { events, dead_letters: dead } = await store.summary()
    await store.close()
    assert.equal(events + dead, lines)
  }
})

test('examples/pino.mjs', async (t) => {
  const { cwd } = run(t, 'pino.mjs')
  const store = await open({ path: `${cwd}/events.db` })
  assert.deepEqual((await store.queryPage({ order: 'arrival' })).events.map(({ message }) => message), ['paid', 'payment failed'])
  await store.close()
})
