// Ten writes wait for room in the queue, while queries continue.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { open } from '../../lib/index.mjs'

const folder = mkdtempSync(join(tmpdir(), 'seerflow-node-'))
const config = { 'storage.queue_events': 10, 'storage.flush_interval_ms': 3_600_000, 'storage.flush_events': 1_000_000 }
const store = await open({ path: join(folder, 'events.db'), config })
await store.write(Array.from({ length: 10 }, () => ({ message: 'fills the queue' })))

const controller = new AbortController()
const waiting = Array.from({ length: 10 }, () => store.write({ message: 'waits' }, { timeout: -1, signal: controller.signal }))
const began = performance.now()
for (let i = 0; i < 20; i++) {
  await readFile(new URL(import.meta.url))
  await store.queryPage({ limit: 1 })
}
const took = performance.now() - began
controller.abort()
const ended = await Promise.allSettled(waiting)
assert.ok(ended.every(({ reason }) => reason?.code === 'interrupted'))
assert.ok(took < 5_000, `${took} ms`)
await store.close()
rmSync(folder, { recursive: true })
