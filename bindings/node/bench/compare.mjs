// Writes the same events with better-sqlite3 and node:sqlite (Node 22 or later) into Seerflow's schema, with the C API, and with this
// package; and the same lines with pino's transports. Compare the ratios, not the absolute figures.
//
//     node bench/compare.mjs PREFIX [EVENTS]        PREFIX: the installation prefix of libseerflow
//
// better-sqlite3 must be installed into bench/node_modules: npm install --prefix bench.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { entityId, open } from '../lib/index.mjs'
import msgpack from '../lib/msgpack.js'
import { INSERT_ENTITY, INSERT_EVENT, SCHEMA, TRIGGER } from './schema.mjs'

/** Encodes the events of a batch as msgpack. A batch is small enough to be encoded in one step. */
const encode = (batch) => Buffer.from(msgpack.encodeEvents(batch, 0).bytes)

const [prefix, count = '200000'] = process.argv.slice(2)
const COUNT = Number(count)
const BATCH = 1000
const ROUNDS = 3
const home = mkdtempSync(join(tmpdir(), 'seerflow-bench-'))
process.on('exit', () => rmSync(home, { recursive: true, force: true }))

/** Failed logins of sshd: 200 users, 5,000 addresses. */
const events = Array.from({ length: COUNT }, (_, i) => {
  const user = `user${(i * 7919) % 200}`
  const address = `10.${i % 5}.${(i * 31) % 250}.${(i * 17) % 4}`
  return {
    timestamp_ns: 1773460800000000000n + BigInt(i) * 1_000_000n, severity_id: 3, source_type: 'sshd', source_id: `web${i % 8}`,
    message: `Failed password for ${user} from ${address} port ${1024 + (i * 13) % 60000} ssh2`, related_ips: [address], related_users: [user],
    template_id: 1, template_str: 'Failed password for <*> from <*> port <*> ssh2', template_params: [user, address, String(1024 + (i * 13) % 60000)]
  }
})
const batches = Array.from({ length: Math.ceil(COUNT / BATCH) }, (_, i) => events.slice(i * BATCH, (i + 1) * BATCH))

let files = 0
const fresh = () => join(home, `${files++}.db`)
const seconds = async (work) => {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

const require = createRequire(import.meta.url)
const drivers = {}
for (const [name, load] of Object.entries({ 'better-sqlite3': () => require('better-sqlite3'), 'node:sqlite': () => require('node:sqlite').DatabaseSync })) {
  try {
    const Database = load()
    new Database(':memory:').close()
    drivers[name] = Database
  } catch (error) {
    console.log(`${name} is not measured with Node ${process.versions.node}: ${error.message.split('\n')[0]}`)
  }
}

/** The straightforward writer: Seerflow's tables and trigger, one row after the other, in transactions of 1,000. */
async function straightforward (Database, path) {
  const db = new Database(path)
  db.exec(SCHEMA + TRIGGER)
  const insert = db.prepare(INSERT_EVENT)
  const relate = db.prepare(INSERT_ENTITY)
  for (const batch of batches) {
    db.exec('BEGIN')
    for (const event of batch) {
      const id = randomUUID()
      const refs = [entityId('ip', event.related_ips[0]), entityId('user', event.related_users[0])]
      const blob = encode([{ type: 'SeerflowEvent', event_id: id, ...event, observed_ns: event.timestamp_ns, entity_refs: refs }])
      insert.run(id, event.timestamp_ns, event.timestamp_ns, event.severity_id, event.source_type, event.source_id, event.template_id, event.message, JSON.stringify(refs), blob)
      for (const ref of refs) relate.run(ref, event.timestamp_ns, id)
    }
    db.exec('COMMIT')
  }
  db.close()
}

const times = []
for (const [name, Database] of Object.entries(drivers)) {
  times.push([`${name}, Seerflow's schema, 1,000 a transaction`, await seconds(() => straightforward(Database, fresh()))])
}
const [yardstick] = Object.keys(drivers)
const theirs = times[0][1]

const program = join(home, 'c_api')
const lib = ['lib', 'lib64', ...safeList(join(prefix, 'lib')).map((name) => `lib/${name}`)].map((name) => join(prefix, name)).find((folder) => safeList(folder).includes('libseerflow.so'))
execFileSync('cc', ['-O2', '-D_POSIX_C_SOURCE=200809L', fileURLToPath(new URL('../../../benches/common/c_api.c', import.meta.url)), `-I${join(prefix, 'include')}`, `-L${lib}`, '-lseerflow', `-Wl,-rpath,${lib}`, '-o', program])
const parts = batches.flatMap((batch) => {
  const bytes = encode(batch)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return [length, bytes]
})
writeFileSync(join(home, 'batches'), Buffer.concat(parts))

const rows = times
for (const durable of [false, true]) {
  const best = { c: Infinity, node: Infinity }
  for (let round = 0; round < ROUNDS; round++) {
    best.c = Math.min(best.c, Number(execFileSync(program, [fresh(), join(home, 'batches'), durable ? '1' : '0'], { encoding: 'utf8' })))
    const store = await open({ path: fresh() })
    best.node = Math.min(best.node, await seconds(async () => {
      for (const batch of batches) await store.write(batch, { durable })
      await store.close({ timeout: -1 })
    }))
  }
  const mode = durable ? 'durable, one batch of 1,000 after the other' : 'buffered, batches of 1,000'
  rows.push([`C API, ${mode}`, best.c], [`seerflow for Node, ${mode}`, best.node])
}

console.log(`${COUNT} events, two entities each; ${statSync(join(home, '0.db')).size >> 20} MiB by ${yardstick}\n`)
console.log(`| writer | events/s | ratio to ${yardstick} | time over the C API |\n|---|---:|---:|---:|`)
let api
for (const [name, time] of rows) {
  if (name.startsWith('C API')) api = time
  const over = name.startsWith('seerflow') ? `${(100 * (time / api - 1)).toFixed(0)} %` : ''
  console.log(`| ${name} | ${Math.round(COUNT / time).toLocaleString('en')} | ${(theirs / time).toFixed(1)} | ${over} |`)
}

/** Logs lines with pino as fast as its transport takes them. Returns the time, and the CPU time of all threads of the process. */
async function log (target, options) {
  const pino = require('pino')
  // pino's worker does not keep the process alive.
  const keep = setInterval(() => {}, 1000)
  const stream = pino.transport({ target, options })
  await once(stream, 'ready')
  const logger = pino(stream)
  const before = process.cpuUsage()
  const took = await seconds(async () => {
    for (let i = 0; i < COUNT; i++) {
      logger.info({ user: `user${i % 200}` }, `Failed password from 10.0.${i % 5}.${i % 250}`)
      if (i % 100 === 99) {
        await new Promise(setImmediate)
        if (stream.writableNeedDrain) await once(stream, 'drain')
      }
    }
    await new Promise((resolve) => logger.flush(resolve))
  })
  const { user, system } = process.cpuUsage(before)
  stream.end()
  await once(stream, 'close')
  clearInterval(keep)
  return [took, (user + system) / COUNT]
}

console.log('\n| pino with | lines/s | CPU time a line, all threads |\n|---|---:|---:|')
const local = (name) => fileURLToPath(new URL(name, import.meta.url))
const transports = { 'pino/file': ['pino/file', { destination: join(home, 'pino.log') }], 'seerflow/pino': [local('../lib/pino.mjs'), { path: fresh() }] }
if (drivers['better-sqlite3']) transports['the same rows by hand, better-sqlite3'] = [local('sqlite_transport.mjs'), { path: fresh() }]
for (const [name, [target, options]] of Object.entries(transports)) {
  const [took, microseconds] = await log(target, options)
  console.log(`| ${name} | ${Math.round(COUNT / took).toLocaleString('en')} | ${microseconds.toFixed(1)} µs |`)
}

function safeList (folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
