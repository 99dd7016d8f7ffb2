// The end of a process, memory, and two copies of the package.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { open } from '../lib/index.mjs'
import { folder } from './support/folder.mjs'

const EVENTS = process.env.SEERFLOW_TORTURE === 'long' ? 1_000_000 : 100_000
const root = fileURLToPath(new URL('..', import.meta.url))
const index = new URL('../lib/index.mjs', import.meta.url).href

function node (flags, script, ...args) {
  return spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script, ...args], { encoding: 'utf8', timeout: 120_000 })
}

async function count (path) {
  const store = await open({ path })
  const { events } = await store.summary()
  await store.close()
  return events
}

const endings = {
  'process.exit': 'process.exit(7)',
  'an uncaught exception': 'setTimeout(() => { throw new Error("at the end") })',
  'an empty event loop': ''
}
for (const [name, end] of Object.entries(endings)) {
  test(`${name} stores accepted events, and those of running writes`, async (t) => {
    const path = join(folder(t), 'events.db')
    const run = node([], `
      import { open } from ${JSON.stringify(index)}
      const store = await open({ path: process.argv[1], config: { 'storage.flush_interval_ms': 3_600_000, 'storage.flush_events': 1_000_000 } })
      for (let i = 0; i < 10; i++) await store.write(Array.from({ length: 100 }, (_, j) => ({ message: 'accepted ' + j })))
      store.write({ message: 'handed over' })
      ${end}`, path)
    assert.equal(run.signal, null, run.stderr)
    assert.equal(await count(path), 1001)
  })
}

test('the exit flush is bounded', async (t) => {
  const path = join(folder(t), 'events.db')
  await (await open({ path })).close()
  const began = performance.now()
  const run = node([], `
    import { open } from ${JSON.stringify(index)}
    import { spawn } from 'node:child_process'
    import { once } from 'node:events'
    const holder = spawn('python3', ['-c', "import sqlite3,sys;c=sqlite3.connect(sys.argv[1],isolation_level=None);c.execute('BEGIN IMMEDIATE');print('held',flush=True);sys.stdin.read()", process.argv[1]], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const store = await open({ path: process.argv[1], exitTimeout: 300 })
    store.write({ message: 'cannot be stored' }, { durable: true }).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    const began = Date.now()
    process.on('exit', () => console.log(Date.now() - began))
    process.exit(0)`, path)
  assert.ok(Number(run.stdout) < 3000, run.stdout)
  // One line on stderr and an exit code other than 0, because there is no caller left.
  assert.match(run.stderr, /^seerflow: \S+events\.db: accepted but not stored at exit: 1; writes still waiting: 0: .*locked.*\n$/)
  assert.equal(run.status, 1)
  assert.ok(performance.now() - began < 60_000)
})

test('if accepted events cannot be stored at the end, an exit code other than 0 is kept', async (t) => {
  const path = join(folder(t), 'events.db')
  await (await open({ path })).close()
  const run = node([], `
    import { open } from ${JSON.stringify(index)}
    import { spawn } from 'node:child_process'
    import { once } from 'node:events'
    const holder = spawn('python3', ['-c', "import sqlite3,sys;c=sqlite3.connect(sys.argv[1],isolation_level=None);c.execute('BEGIN IMMEDIATE');print('held',flush=True);sys.stdin.read()", process.argv[1]], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const store = await open({ path: process.argv[1], exitTimeout: 200, config: { 'storage.queue_events': 2 } })
    for (let i = 0; i < 3; i++) store.write([{ message: 'no room' }, { message: 'no room' }], { timeout: -1 }).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    process.exit(3)`, path)
  assert.match(run.stderr, /^seerflow: .* accepted but not stored at exit: 2; writes still waiting: 2/)
  assert.equal(run.status, 3)
})

test('the remaining slices of a large array are stored at the end', async (t) => {
  const path = join(folder(t), 'events.db')
  const run = node([], `
    import { open } from ${JSON.stringify(index)}
    const store = await open({ path: process.argv[1] })
    const events = Array.from({ length: 20_000 }, (_, i) => ({ message: 'large ' + i }))
    store.write(events)
    events.length = 0
    store.write('{"message":"after"}')
    process.exit(0)`, path)
  assert.deepEqual([run.status, run.stderr], [0, ''])
  const store = await open({ path })
  t.after(() => store.close())
  const messages = []
  for await (const { message } of store.query({ order: 'arrival' })) messages.push(message)
  assert.equal(messages.length, 20_001)
  assert.deepEqual([messages[0], messages[19_999], messages[20_000]], ['large 0', 'large 19999', 'after'])
})

test('objects are garbage collected, and memory is released', { timeout: 300_000 }, async (t) => {
  const path = join(folder(t), 'events.db')
  const run = node(['--expose-gc'], `
    import { open } from ${JSON.stringify(index)}
    import { readFileSync, readdirSync } from 'node:fs'
    const kib = () => Number(readFileSync('/proc/self/status', 'utf8').match(/VmRSS:\\s+(\\d+)/)[1])
    const events = Array.from({ length: 200 }, (_, i) => ({ message: 'm'.repeat(500) + i, timestamp_ns: BigInt(i), event_id: '019cea80-8468-7d95-85e6-' + String(i).padStart(12, '0') }))
    async function round () {
      const store = await open({ path: process.argv[1] })
      for (let i = 0; i < 10; i++) await store.write(events, { durable: i === 9 })
      for await (const buffer of store.queryNdjson()) if (!buffer.length) throw new Error('empty')
      for await (const event of store.query()) if (!event.message) throw new Error('empty')
      await store.search('nothing').catch(() => {})
      await store.queryPage({ limit: 0 }).catch(() => {})
      await store.close()
    }
    for (let i = 0; i < 20; i++) await round()
    global.gc(); await new Promise((resolve) => setTimeout(resolve, 100)); global.gc()
    const before = kib()
    for (let i = 0; i < 60; i++) { await round(); if (i % 10 === 0) global.gc() }
    global.gc(); await new Promise((resolve) => setTimeout(resolve, 100)); global.gc()
    console.log(JSON.stringify({ grown: kib() - before, external: process.memoryUsage().external, fds: readdirSync('/proc/self/fd').length }))`, path)
  assert.equal(run.status, 0, run.stderr)
  const { grown, external, fds } = JSON.parse(run.stdout)
  t.diagnostic(run.stdout.trim())
  assert.ok(grown < 16 * 1024, `${grown} KiB more`)
  assert.ok(external < 16 * 1024 * 1024, `${external} bytes external`)
  assert.ok(fds < 40, `${fds} descriptors`)
})

test('a store needs little memory, and returns it when it is closed', { timeout: 600_000 }, async (t) => {
  const path = join(folder(t), 'events.db')
  const run = node(['--expose-gc'], `
    import { open } from ${JSON.stringify(index)}
    import { readFileSync } from 'node:fs'
    const mib = (name) => parseInt(readFileSync('/proc/self/status', 'utf8').split(name + ':')[1]) / 1024
    const before = mib('VmRSS')
    const store = await open({ path: process.argv[1] })
    for (let at = 0; at < ${EVENTS}; at += 1000) {
      await store.write(Array.from({ length: 1000 }, (_, i) => ({ message: 'Failed password for user' + i + ' from 192.0.2.' + at, related_ips: ['192.0.2.' + i % 250] })))
    }
    await store.flush()
    let read = 0
    for await (const event of store.query()) read += event.message.length > 0
    await store.close()
    global.gc(); await new Promise((resolve) => setTimeout(resolve, 100)); global.gc()
    console.log(JSON.stringify({ read, left: mib('VmRSS') - before, peak: mib('VmHWM') }))`, path)
  assert.equal(run.status, 0, run.stderr)
  t.diagnostic(`${EVENTS} events, in MiB: ${run.stdout.trim()}`)
  const { read, left, peak } = JSON.parse(run.stdout)
  assert.equal(read, EVENTS)
  // About 50 MiB of it are Node's.
  assert.ok(peak < 150, run.stdout)
  // V8's heap keeps a part. If glibc kept the memory of the store, 200 MiB would remain.
  assert.ok(left < 80, run.stdout)
})

test('the memory of pages and pending writes is reported to V8', async (t) => {
  const path = join(folder(t), 'events.db')
  const run = node(['--expose-gc'], `
    import { open } from ${JSON.stringify(index)}
    const store = await open({ path: process.argv[1] })
    await store.write(Array.from({ length: 1000 }, () => ({ message: 'x'.repeat(4000) })), { durable: true })
    global.gc()
    await new Promise((resolve) => setTimeout(resolve, 50)); global.gc()
    const before = process.memoryUsage().external
    const kept = []
    for await (const buffer of store.queryNdjson({ pageSize: 100 })) kept.push(buffer)
    const held = process.memoryUsage().external - before
    const size = kept.reduce((sum, buffer) => sum + buffer.length, 0)
    kept.length = 0
    await new Promise((resolve) => setTimeout(resolve, 50)); global.gc(); await new Promise((resolve) => setTimeout(resolve, 50)); global.gc()
    const left = process.memoryUsage().external - before
    await store.close()
    console.log(JSON.stringify({ held, size, left }))`, path)
  assert.equal(run.status, 0, run.stderr)
  const { held, size, left } = JSON.parse(run.stdout)
  assert.ok(size > 4_000_000 && held >= size, run.stdout)
  // The loop may still hold the last one.
  assert.ok(left < size / 5, run.stdout)
})

test('two copies of the package in one process share one library, and one file', async (t) => {
  const home = folder(t)
  const copy = join(home, 'node_modules', 'seerflow')
  for (const part of ['lib', 'prebuilds', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true })
  assert.ok(existsSync(join(copy, 'prebuilds')))
  const run = node([], `
    import * as one from ${JSON.stringify(index)}
    import * as two from ${JSON.stringify(pathToFileURL(join(copy, 'lib/index.mjs')).href)}
    import { readFileSync } from 'node:fs'
    if (one.open === two.open) throw new Error('one copy')
    const path = process.argv[1]
    const stores = [await one.open({ path }), await two.open({ path })]
    for (let round = 0; round < 20; round++) await Promise.all(stores.map((store, i) => store.write(Array.from({ length: 50 }, () => ({ message: 'copy ' + i })), { durable: true })))
    await stores[0].close()
    // They share one SQLite. Otherwise, closing one of two would release the locks of the other.
    for (let round = 0; round < 20; round++) await stores[1].write({ message: 'after' }, { durable: true })
    const found = await stores[1].check({ text: true })
    const { events } = await stores[1].summary()
    await stores[1].close()
    const maps = readFileSync('/proc/self/maps', 'utf8').split('\\n')
    const files = (name) => new Set(maps.filter((line) => line.includes(name)).map((line) => line.split(/\\s+/)[5])).size
    console.log(JSON.stringify({ found, events, addons: files('seerflow.node'), libraries: files('libseerflow') }))`, join(home, 'events.db'))
  assert.equal(run.status, 0, run.stderr)
  assert.deepEqual(JSON.parse(run.stdout), { found: [], events: 2020, addons: 2, libraries: 1 })
})
