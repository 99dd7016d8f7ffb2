// The checks of requests, over HTTP.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { ALERT, BEGIN, EVIL, cleanUp, filled, folder, program, raw, run, serve } from './server.mjs'

let db, server
before(async () => {
  db = filled()
  server = await serve(db)
})
after(async () => {
  await server.stop()
  cleanUp()
})

test('only the page itself may send requests', async () => {
  const { port } = server
  for (const host of ['localhost', 'LocalHost', '[::1]']) assert.equal((await raw(server, '/api/store', { host: `${host}:${port}` })).status, 200, host)
  // DNS rebinding: a name of the attacker that resolves to this machine.
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `127.0.0.1.evil.example:${port}`, `127.0.0.1:${port}@evil.example`]) assert.equal((await raw(server, '/api/events', { host })).status, 403, host)
  for (const site of ['cross-site', 'same-site']) assert.equal((await raw(server, '/api/events', { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' })).status, 403)
  assert.equal((await raw(server, '/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status, 200)
  for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`]) assert.equal((await raw(server, '/api/events', { origin })).status, 403, origin)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) assert.equal((await raw(server, '/api/events', {}, method)).status, 405)
  for (const path of ['/', '/api/store', '/nothing']) {
    const { headers } = await raw(server, path)
    assert.equal(Object.keys(headers).some((name) => name.startsWith('access-control-')), false)
    assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['cache-control'], 'no-store')
  }
})

test('only clients with the token are served', async () => {
  const { port, token } = server
  for (const cookie of ['', `seerflow-${port}=`, `seerflow-${port}=x`, `seerflow-${port + 1}=${token}`]) {
    for (const path of ['/', '/app.js', '/api/events', '/api/tail', '/?token=x', '/api/events?token=x', '/api/export']) {
      const { status, body } = await raw(server, path, { cookie })
      assert.equal(status, 403, path)
      assert.match(JSON.parse(body).message, /address that `seerflow serve` printed/)
    }
  }
  assert.ok(token.length >= 32)
  assert.equal((await raw(server, `/api/store?token=${token}`, { cookie: '' })).status, 200)
  const { status, headers } = await raw(server, `/?token=${token}`, { cookie: '' })
  assert.deepEqual([status, headers.location], [303, '/'])
  assert.deepEqual(headers['set-cookie'], [`seerflow-${port}=${token}; Path=/; HttpOnly; SameSite=Strict`])
})

test('the program does not create a missing database, and ends with Ctrl-C', async () => {
  const missing = join(folder(), 'evnets.db')
  const refused = spawnSync(program, ['--set', `storage.sqlite_path=${missing}`, 'serve'], { encoding: 'utf8' })
  assert.deepEqual([refused.status, refused.stderr], [1, `seerflow: no database at ${missing}\n`])
  assert.equal(existsSync(missing), false)
  const other = await serve(db)
  assert.equal(await other.stop(), 0)
})

test('addresses beyond loopback require TLS', async (t) => {
  const refused = spawnSync(program, ['--set', `storage.sqlite_path=${db}`, 'serve', '--listen', '0.0.0.0:0'], { encoding: 'utf8' })
  assert.equal(refused.status, 2)
  assert.match(refused.stderr, /--tls-cert and --tls-key are required/)
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder(), name))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=logs.example.org'], { stdio: 'ignore' })
  const own = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
  const other = await serve(db, '--listen', `${own}:0`, '--host', 'logs.example.org', '--tls-cert', cert, '--tls-key', key).catch((error) => error)
  assert.ok(other.port, String(other))
  t.after(() => other.stop())
  assert.ok(other.address.startsWith('https://logs.example.org:'))
  const get = (headers) => new Promise((resolve, reject) => {
    request({ host: own, port: other.port, path: `/?token=${other.token}`, headers, ca: readFileSync(cert), servername: 'logs.example.org', checkServerIdentity: () => undefined }, resolve).on('error', reject).end()
  })
  const { statusCode, headers } = await get({ host: `logs.example.org:${other.port}` })
  assert.equal(statusCode, 303)
  assert.match(headers['set-cookie'][0], /; Secure$/)
  assert.equal((await get({ host: `evil.example:${other.port}` })).statusCode, 403)
})

test('unknown pages and invalid queries are refused with a reason', async () => {
  for (const path of ['//', '//x', '/server.mjs', '/../app.js', '/page/index.html', '/api/', '/toString', '/__proto__', '/api/verdict']) assert.equal((await raw(server, path)).status, 404, path)
  const bad = ['/api/events?from=yesterday', '/api/events?q=severity:x', '/api/events?q=ip:x', '/api/events?cursor=x', '/api/events?limit=0', '/api/events?entity=x', '/api/event?id=x', '/api/event',
    '/api/histogram', '/api/histogram?bucket=x', '/api/facets?q=severity:x', '/api/entity', '/api/path?entity=user:root', '/api/alerts?cursor=x', '/api/tail?after=x', '/api/dead-letters?cursor=x', '/api/export?format=exe']
  for (const path of bad) {
    const { status, body } = await raw(server, path)
    assert.equal(status, 400, path + body)
    assert.ok(JSON.parse(body).message.length > 0)
  }
  assert.equal((await raw(server, '/api/event?id=22222222-2222-4222-8222-00000000000f')).status, 404)
})

test('an error of the store reveals nothing', async (t) => {
  const { writeFileSync } = await import('node:fs')
  const broken = join(folder(), 'secret-name.db')
  run(broken, 'ingest', new URL('../../bindings/c/examples/logs/sshd.log', import.meta.url).pathname)
  const other = await serve(broken)
  t.after(() => other.stop())
  for (const end of ['', '-wal', '-shm']) writeFileSync(broken + end, 'no database any more'.repeat(1000))
  const { status, body } = await raw(other, '/api/events?q=host:x')
  assert.equal(status, 500, body)
  assert.doesNotMatch(body, /secret-name|SELECT/)
  assert.match(other.errors(), /./)
})

test('the store is opened for reading only, unless verdicts are allowed', async (t) => {
  const path = `/api/verdict?id=${ALERT}&feedback=tp&note=seen`
  assert.equal((await raw(server, path, {}, 'POST')).status, 403)
  const other = await serve(db, '--allow-verdicts')
  t.after(() => other.stop())
  assert.equal((await raw(other, path)).status, 404)
  assert.equal((await raw(other, path, { cookie: '' }, 'POST')).status, 403)
  assert.equal((await raw(other, path, { origin: 'http://evil.example' }, 'POST')).status, 403)
  assert.equal((await raw(other, path.replace('tp', 'maybe'), {}, 'POST')).status, 400)
  assert.equal((await raw(other, path.replace(ALERT, 'x'), {}, 'POST')).status, 404)
  assert.equal((await raw(other, path, {}, 'POST')).status, 200)
  const { verdicts } = JSON.parse((await raw(other, `/api/alert?id=${ALERT}`)).body)
  assert.deepEqual([verdicts[0].feedback, verdicts[0].note, verdicts[0].origin], ['tp', 'seen', 'dashboard'])
})

test('an export has all events of the search', async () => {
  const all = run(db, 'query', 'events', '--source', 'sshd', '--format', 'ndjson', '-n', '100000')
  const { body, headers } = await raw(server, '/api/export?q=source:sshd')
  assert.equal(body, all)
  assert.equal(headers['content-disposition'], 'attachment; filename="events.ndjson"')
  const csv = await raw(server, `/api/export?format=csv&q=source:evil&from=${BEGIN}`)
  assert.equal(csv.body.split('\n')[0].split(',').length, 43)
  assert.ok(csv.body.includes(EVIL.replaceAll('"', '""')))
})

test('times and large numbers keep every digit', async () => {
  const { events } = JSON.parse((await raw(server, '/api/events?q=source:evil')).body)
  assert.equal(events[0].at, String(BEGIN + 40n * 3_600_000_000_000n))
  const { json, fields } = JSON.parse((await raw(server, `/api/event?id=${events[0].id}`)).body)
  assert.ok(json.includes(events[0].at))
  assert.deepEqual(fields.find(([key]) => key === 'timestamp_ns'), ['timestamp_ns', events[0].at])
})
