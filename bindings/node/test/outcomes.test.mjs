// Durable writes that fail, and a close that cannot commit the queue: the contents of their errors.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { open, SeerflowError } from '../lib/index.mjs'
import { all, folder } from './support/folder.mjs'

const HOLD = "import sqlite3,sys;c=sqlite3.connect(sys.argv[1],isolation_level=None);c.execute('BEGIN IMMEDIATE');print('held',flush=True);sys.stdin.read()"

async function locked (path) {
  const holder = spawn('python3', ['-c', HOLD, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  return async () => {
    holder.stdin.end()
    await once(holder, 'exit')
  }
}

const failed = (promise) => promise.then(() => assert.fail('it must fail'), (error) => {
  assert.ok(error instanceof SeerflowError, error)
  return error
})

test('the error of a write has the outcome of its events', async (t) => {
  const path = join(folder(t), 'events.db')
  const store = await open({ path })
  const unlock = await locked(path)
  const events = [{ message: 'one' }, { message: 'two' }]
  const how = { durable: true, timeout: 200 }
  const withdrawn = await failed(store.write(events, { ...how, withdraw: true }))
  assert.deepEqual([withdrawn.code, withdrawn.retriable, withdrawn.consumed, withdrawn.withdrawn, withdrawn.queued], ['timeout', true, 0, 2, 0])
  const queued = await failed(store.write(events, how))
  assert.deepEqual([queued.code, queued.retriable, queued.consumed, queued.withdrawn, queued.queued], ['timeout', false, 2, 0, 2])
  const keyed = await failed(store.write(events, { ...how, batchKey: 'k' }))
  assert.deepEqual([keyed.code, keyed.retriable], ['timeout', true])
  await unlock()
  const written = await store.write(events, { durable: true, batchKey: 'k' })
  assert.deepEqual([written.committed, written.duplicates, written.unkeyed], [0, 2, 0])
  assert.equal((await all(store.query())).length, 4)
  await store.close()
})

test('a close that loses events fails with their number', async (t) => {
  const path = join(folder(t), 'events.db')
  const store = await open({ path })
  const unlock = await locked(path)
  await store.write([{ message: 'one' }, { message: 'two' }])
  const error = await failed(store.close({ timeout: 100 }))
  assert.deepEqual([error.code, error.lost, error.retriable], ['lost', 2, false])
  await unlock()
})
