// A transport for pino that writes the rows which the library writes for the lines of the bench, by hand, with better-sqlite3: transactions
// of 1,000 lines, no trigger, ids in the order of time, sorted rows of entities. It shows the part of the CPU time that the database needs.
import { createRequire } from 'node:module'
import { Writable } from 'node:stream'

import { entityId } from '../lib/index.mjs'
import msgpack from '../lib/msgpack.js'
import { INSERT_ENTITY, INSERT_EVENT, SCHEMA } from './schema.mjs'

const LINES = 1000
const Database = createRequire(import.meta.url)('better-sqlite3')

export default function transport ({ path }) {
  const db = new Database(path)
  db.exec(SCHEMA)
  const [insert, relate] = [INSERT_EVENT, INSERT_ENTITY].map((statement) => db.prepare(statement))
  const index = db.prepare('INSERT INTO events_fts (rowid, message) VALUES (?, ?)')
  const ids = new Map()
  let serial = 0
  let lines = []
  let rest = ''

  function idOf (type, value) {
    const key = `${type} ${value}`
    if (!ids.has(key)) ids.set(key, entityId(type, value))
    return ids.get(key)
  }

  function store (line) {
    const { time, msg, hostname, pid, user } = JSON.parse(line)
    const timestamp = BigInt(time) * 1_000_000n
    const address = msg.slice(msg.lastIndexOf(' ') + 1)
    const hex = time.toString(16).padStart(12, '0')
    const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(serial++).padStart(12, '0')}`
    const refs = [idOf('ip', address), idOf('user', user), idOf('host', hostname), idOf('process', `${pid}`)]
    const event = { type: 'SeerflowEvent', event_id: id, timestamp_ns: timestamp, observed_ns: timestamp, message: msg, source_type: 'pino', source_id: hostname, entity_refs: refs, related_ips: [address], related_users: [user], related_hosts: [hostname], related_processes: [`${pid}`] }
    const { lastInsertRowid } = insert.run(id, timestamp, timestamp, 1, 'pino', hostname, null, msg, JSON.stringify(refs), msgpack.encodeEvents([event], 0).bytes)
    index.run(lastInsertRowid, msg)
    return refs.map((ref) => [ref, timestamp, id])
  }

  function commit () {
    db.exec('BEGIN')
    for (const row of lines.flatMap(store).sort(([one], [other]) => one < other ? -1 : Number(one > other))) relate.run(...row)
    db.exec('COMMIT')
    lines = []
  }

  return Object.assign(new Writable({
    decodeStrings: false,
    write (chunk, encoding, callback) {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop()
      lines.push(...parts)
      if (lines.length >= LINES) commit()
      callback()
    },
    final (callback) {
      commit()
      db.close()
      callback()
    }
  }), {
    flush (callback) {
      commit()
      callback()
    }
  })
}
