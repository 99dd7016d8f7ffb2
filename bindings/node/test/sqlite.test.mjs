// Another SQLite in the process uses the same file: no acknowledged event is lost, and the file stays intact. SEERFLOW_TORTURE=long runs
// 1,000 rounds each. SEERFLOW_SEED seeds the random times.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { open } from '../lib/index.mjs'
import { folder } from './support/folder.mjs'

const rounds = process.env.SEERFLOW_TORTURE === 'long' ? 1000 : 50
const seed = Number(process.env.SEERFLOW_SEED ?? 20261130)

/** Returns numbers from 0 up to `most`, the same for each seed (mulberry32). */
function random () {
  let state = seed
  return (most) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most
  }
}

// better-sqlite3 is not a dependency of the package: run_tests.sh installs it elsewhere, and compiles it for one Node.
const drivers = {
  async 'better-sqlite3' () {
    const Database = createRequire(join(process.env.SEERFLOW_BETTER_SQLITE3, 'package.json'))('better-sqlite3')
    new Database(':memory:').close()
    return (path) => new Database(path, { timeout: 60_000 })
  },
  async 'node:sqlite' () {
    const { DatabaseSync } = await import('node:sqlite')
    return (path) => {
      const database = new DatabaseSync(path)
      database.exec('PRAGMA busy_timeout = 60000')
      return database
    }
  }
}

for (const [name, load] of Object.entries(drivers)) {
  const connect = await load().catch(() => undefined)
  test(`${name} reads, writes, holds the lock and closes during durable writes`, { skip: connect === undefined && `${name} is not installed, or not for this Node` }, async (t) => {
    const path = join(folder(t), 'events.db')
    const chosen = random()
    let acknowledged = 0
    let theirs = 0
    let stop = false
    const store = await open({ path, config: { 'storage.durability': 'power' } })
    const writing = (async () => {
      while (!stop) {
        const events = Array.from({ length: 1 + chosen(20) }, () => ({ message: 'one of ours' }))
        await store.write(events, { durable: true, timeout: 60_000 })
        acknowledged += events.length
      }
    })()
    await store.write({ message: 'first' }, { durable: true })
    acknowledged++
    for (let round = 0; round < rounds; round++) {
      await sleep(chosen(4))
      const database = connect(path)
      if (chosen(2) === 0) {
        assert.ok(database.prepare('SELECT count(*) AS n FROM events').get().n > 0)
      } else {
        database.exec('BEGIN IMMEDIATE')
        database.prepare("INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, message) VALUES (?, 1, 1, 1, 'host', 'host', 'one of theirs')").run(`host-${round}`)
        // Hold the lock while the store's writes wait.
        await sleep(chosen(3))
        database.exec('COMMIT')
        theirs++
      }
      database.close()
    }
    stop = true
    await writing
    await store.close()
    const database = connect(path)
    assert.equal(database.prepare('SELECT count(*) AS n FROM events').get().n, acknowledged + theirs, `SEERFLOW_SEED=${seed}`)
    assert.equal(database.prepare('PRAGMA integrity_check').get().integrity_check, 'ok')
    database.exec("INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")
    database.close()
    const fault = 'better-sqlite3 or node:sqlite uses the file during durable writes of the same Node process'
    const test = 'bindings/node/test/sqlite.test.mjs'
    t.diagnostic(`proof: ${fault} | ${rounds} | ${acknowledged + theirs} events | 0 | 0 | ${seed} | - | - | ${test}`)
  })
}
