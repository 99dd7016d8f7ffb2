// The event loop is never blocked, and libuv's pool is nobody's but Node's.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { measureDelay, spell } from './support/delay.mjs'
import { folder, fresh } from './support/folder.mjs'

const batch = (size) => Array.from({ length: size }, (_, i) => ({
  message: `Failed password for root from 192.0.2.${i % 250} port ${i}`, source_type: 'sshd', related_ips: [`192.0.2.${i % 250}`], related_users: ['root']
}))

test('the event loop goes on while batches are written and read', async (t) => {
  const store = await fresh(t)
  const events = batch(1000)
  const delay = await measureDelay(async () => {
    for (let i = 0; i < 50; i++) await store.write(events, { durable: i % 5 === 4 })
    let count = 0
    for await (const event of store.query({ pageSize: 1000 })) count += event.message.length > 0
    assert.equal(count, 50_000)
  })
  t.diagnostic(spell(delay))
  assert.ok(delay.own < 20, spell(delay))
})

test('writes that wait for room block neither the loop, nor reads, nor libuv\'s pool', () => {
  // With one thread in libuv's pool, a single call that waits there would stop every file operation.
  const script = fileURLToPath(new URL('support/pool.mjs', import.meta.url))
  const run = spawnSync(process.execPath, [script], { env: { ...process.env, UV_THREADPOOL_SIZE: '1' }, encoding: 'utf8', timeout: 60_000 })
  assert.equal(run.status, 0, run.stdout + run.stderr)
})

test('calls that are under way keep the process, an open store does not', (t) => {
  const home = folder(t)
  const script = `
    import { open } from ${JSON.stringify(new URL('../lib/index.mjs', import.meta.url).href)}
    const store = await open({ path: process.argv[1] })
    if (process.argv[2]) store.write({ message: 'm' }, { durable: true }).then(() => process.stdout.write('written'))`
  for (const [argument, expected] of [['', ''], ['write', 'written']]) {
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script, join(home, 'events.db'), argument].filter(Boolean), { encoding: 'utf8', timeout: 30_000 })
    assert.deepEqual([run.status, run.stdout, run.stderr], [0, expected, ''])
  }
})
