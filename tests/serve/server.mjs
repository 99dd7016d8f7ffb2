// A store with known contents, the program that serves it, and Chromium.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const program = process.env.SEERFLOW ?? fileURLToPath(new URL('../../target/debug/seerflow', import.meta.url))
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path))
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const skip = executablePath || process.env.CI === 'true' ? false : 'Chromium is not installed (tests/setup.sh installs it)'

export const EVIL = '<img src=x onerror="document.title=\'broken\'"><script>document.title="broken"</script>'
export const BEGIN = 1773460800000000000n
export const HOUR = 3_600_000_000_000n
export const ALERT = '11111111-1111-4111-8111-0000000000a1'
const sshd = fileURLToPath(new URL('../../bindings/c/examples/logs/sshd.log', import.meta.url))
const folders = []

/** Creates a folder that is removed at the end. */
export function folder () {
  const path = mkdtempSync(join(tmpdir(), 'seerflow-serve-'))
  folders.push(path)
  return path
}

/** The schema in which `filled` creates its store, in the PostgreSQL server of the tests; by default it creates a file. */
const schema = process.env.SEERFLOW_SERVE_SCHEMA
const postgres = process.env.SEERFLOW_TEST_POSTGRES_URL

/** Returns the options for a database: a file or the schema. */
const optionsOf = (db) => (db === schema ? ['storage.backend=postgresql', `storage.postgresql_url=${postgres}`, `storage.postgresql_schema=${db}`] : [`storage.sqlite_path=${db}`]).flatMap((option) => ['--set', option])

/** Runs a command of the program on a database. */
export const run = (db, ...command) => execFileSync(program, ['--quiet', ...optionsOf(db), ...command], { encoding: 'utf8' })

/** Stores events. */
export function ingest (db, events) {
  const file = join(folder(), 'events.ndjson')
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  run(db, 'ingest', file)
}

/** Creates a store with the events of an attack, an event that is an attack on the page, alerts and a dead letter. */
export function filled () {
  const db = schema ?? join(folder(), 'events.db')
  run(db, 'ingest', '--reference-time', '2026-03-20', sshd)
  ingest(db, [
    // The number is written as text, because JavaScript cannot represent it.
    { event_id: '22222222-2222-4222-8222-000000000001', message: EVIL, timestamp_ns: String(BEGIN + 40n * HOUR), source_type: 'evil', source_id: EVIL, severity_id: 5, related_users: [EVIL], attributes: { [EVIL]: EVIL, count: 7 } },
    { event_id: '22222222-2222-4222-8222-000000000002', message: 'opened \u202egpj.exe\u0007\nnext line', timestamp_ns: String(BEGIN + 39n * HOUR), source_type: 'acting', source_id: 'web2', severity_id: 3 }
  ])
  const alerts = join(folder(), 'alerts.ndjson')
  const failed = run(db, 'search', 'failed', 'password', '-n', '2', '--format', 'ndjson').trim().split('\n').map((line) => JSON.parse(line).event_id)
  writeFileSync(alerts, `${JSON.stringify({ alert_id: ALERT, alert_type: 'sigma', timestamp_ns: Number(BEGIN), severity_id: 4, rule_name: 'ssh brute force', description: '12 failures', entity_uuid: run(db, 'entity', 'id', 'ip', '203.0.113.66').trim(), entity_value: '203.0.113.66', entity_type: 'ip', contributing_events: failed, mitre_tactics: ['credential-access'], mitre_techniques: ['T1110.001'], risk_score: 81.5, dedup_key: 'k1', dedup_count: 7 })}
${JSON.stringify({ alert_id: '11111111-1111-4111-8111-0000000000a2', alert_type: 'ml', timestamp_ns: Number(BEGIN + HOUR), severity_id: 2, rule_name: EVIL, description: EVIL, entity_value: 'web2', entity_type: 'host', dedup_key: 'k2' })}\n`)
  run(db, 'import', alerts)
  const bad = join(folder(), 'bad.ndjson')
  writeFileSync(bad, '{"message": broken}\n')
  try { run(db, 'ingest', bad) } catch { /* The record is rejected. */ }
  return db
}

/** Starts `seerflow serve` on a free port. */
export async function serve (db, ...more) {
  const child = spawn(program, ['--quiet', ...optionsOf(db), 'serve', ...more.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'], ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => { errors += text })
  const [line] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), once(child, 'exit').then(() => { throw new Error(errors) })])
  const url = new URL(line.trim())
  return {
    address: url.href,
    port: Number(url.port),
    token: url.searchParams.get('token'),
    errors: () => errors,
    async stop () {
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      return (await ended)[0]
    }
  }
}

/** Sends a request with the token and with headers that a page in a browser cannot set. */
export function raw ({ port, token }, path, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, cookie: `seerflow-${port}=${token}`, ...headers } }, (response) => {
      let body = ''
      response.on('data', (chunk) => { body += chunk }).on('end', () => resolve({ status: response.statusCode, headers: response.headers, body })).on('error', reject)
    })
    asking.on('error', reject).end()
  })
}

/** Starts Chromium. */
export const browser = () => chromium.launchPersistentContext(folder(), { executablePath, args, viewport: { width: 1400, height: 950 }, acceptDownloads: true })

/** Removes all folders and the schema. */
export function cleanUp () {
  if (schema) execFileSync('psql', ['-qd', postgres, '-c', `SET client_min_messages = warning; DROP SCHEMA ${schema} CASCADE`])
  for (const path of folders) rmSync(path, { recursive: true, force: true })
}
