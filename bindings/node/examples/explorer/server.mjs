// A web page for a store: search, histogram, an entity's timeline and neighbours, live tail. Anyone who has its address can use it.
//
//     node server.mjs events.db [--port 8317]
//
// The address contains a secret, because every user of this machine may connect to loopback, even if only the owner may read the database
// file.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { access, readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { open, SeerflowError } from 'seerflow'
import { entityOf, neighbourhood } from './neighbourhood.mjs'

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }
const FILES = ['index.html', 'style.css', 'app.js', 'chart.js', 'dom.js', 'events.js', 'graph.js']

/** Loads nothing from other sites, forbids frames, and lets no other site read the responses. */
const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store'
}

/** The codes of errors that the client caused. */
const STATUS = { invalid: 400, limit: 400, not_found: 404, timeout: 504, busy: 503, again: 503, closed: 503 }

/** An error with its HTTP status. */
class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor (status, message) {
    super(message)
    this.status = status
  }
}

/** The names of this machine. Other names are refused: a foreign DNS name that resolves to this machine would let any site read the store. */
const HOSTS = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Serves a store on loopback to clients that know the token. Stop it with `server.close()`.
 * @param {import('seerflow').Store} store
 * @param {number} port 0 for a free one
 * @returns {Promise<{ server: import('node:http').Server, address: string }>} `address` is the address of the page, with the token
 */
export async function serve (store, port, token = randomBytes(24).toString('base64url')) {
  const files = new Map()
  for (const name of FILES) files.set(`/${name}`, { type: TYPES[/** @type {keyof typeof TYPES} */ (name.split('.')[1])], body: await readFile(new URL(`./page/${name}`, import.meta.url)) })
  files.set('/', files.get('/index.html'))
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    answer(request, response).catch((error) => refuse(response, error))
  })

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function answer (request, response) {
    const { port } = addressOf(server)
    const host = request.headers.host?.toLowerCase()
    if (!HOSTS.some((name) => host === `${name}:${port}` || (port === 80 && host === name))) throw new Refusal(403, 'this page is for localhost')
    if (!['same-origin', 'none', undefined].includes(/** @type {string | undefined} */ (request.headers['sec-fetch-site'])) && request.headers['sec-fetch-mode'] !== 'navigate') throw new Refusal(403, 'other sites may not ask')
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'only GET and HEAD are allowed')
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2)
    const query = new URLSearchParams(search)
    // The token is in the address once, then in a cookie, so that it does not stay in bookmarks and in the address bar.
    const cookie = `seerflow-${port}`
    const given = query.get('token')
    if (!isSame(given ?? cookieOf(request, cookie), token)) throw new Refusal(403, 'open the address that the explorer printed in its terminal')
    if (given && path === '/') {
      response.writeHead(303, { Location: '/', 'Set-Cookie': `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict` })
      response.end()
      return
    }
    const file = files.get(path)
    if (file) {
      response.writeHead(200, { 'Content-Type': file.type })
      response.end(request.method === 'HEAD' ? undefined : file.body)
      return
    }
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!route) throw new Refusal(404, 'there is no such page')
    // A client that disconnects interrupts its query.
    const controller = new AbortController()
    response.on('close', () => controller.abort())
    const body = await route(store, query, controller.signal, response)
    if (body !== undefined) sendJson(response, 200, body)
  }

  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve(undefined)))
  return { server, address: `http://127.0.0.1:${addressOf(server).port}/?token=${token}` }
}

/** @param {import('node:http').Server} server */
const addressOf = (server) => /** @type {import('node:net').AddressInfo} */ (server.address())

/** Compares secrets in constant time. @param {string | undefined} given @param {string} wanted */
function isSame (given, wanted) {
  const [a, b] = [given ?? '', wanted].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(/** @type {Buffer} */ (a), /** @type {Buffer} */ (b))
}

/** @param {import('node:http').IncomingMessage} request @param {string} name */
function cookieOf (request, name) {
  return request.headers.cookie?.split('; ').find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** @type {Record<string, (store: import('seerflow').Store, query: URLSearchParams, signal: AbortSignal, response: import('node:http').ServerResponse) => Promise<unknown>>} */
const routes = {
  async '/api/overview' (store, query, signal) {
    const [summary, sources] = await Promise.all([store.summary({ signal }), store.countBy('source', { limit: 50, signal })])
    return { path: store.path, health: store.health(), summary, sources }
  },

  async '/api/events' (store, query, signal) {
    const { events, nextCursor, total } = await store.queryPage({
      ...filtersOf(query), limit: 100, cursor: query.get('cursor') ?? undefined, total: query.has('cursor') ? 'none' : 10_000, signal
    })
    return { events, nextCursor, total }
  },

  async '/api/histogram' (store, query, signal) {
    return store.histogram({ ...filtersOf(query), bucket: timeOf(query, 'bucket'), split: 'severity', signal })
  },

  async '/api/entity' (store, query, signal) {
    const entity = entityOf(query)
    const page = await store.queryPage({ entity, limit: 200, total: 10_000, signal })
    const named = await store.entities.describe(entity, { signal })
    return { ...named, events: page.events, total: page.total, graph: await neighbourhood(store, named, page.events, signal) }
  },

  async '/api/tail' (store, query, signal, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write(': following\n\n')
    const beat = setInterval(() => response.write(': still here\n\n'), 15_000)
    try {
      for await (const event of store.follow({ ...filtersOf(query), signal })) {
        if (!response.write(`data: ${json(event)}\n\n`)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
      }
    } finally {
      clearInterval(beat)
      response.end()
    }
  }
}

/** @param {URLSearchParams} query @returns {import('seerflow').EventFilters} */
function filtersOf (query) {
  const text = (/** @type {string} */ key) => query.get(key) || undefined
  const severity = text('severity')
  if (severity !== undefined && !/^[0-6]$/.test(severity)) throw new Refusal(400, 'severity must be a number from 0 to 6')
  return {
    text: text('text'),
    from: timeOf(query, 'from'),
    to: timeOf(query, 'to'),
    sourceType: text('source'),
    minSeverity: severity === undefined ? undefined : Number(severity),
    entity: text('entity')
  }
}

/** @param {URLSearchParams} query @param {string} key */
function timeOf (query, key) {
  const digits = query.get(key)
  if (!digits) return undefined
  if (!/^-?\d{1,19}$/.test(digits)) throw new Refusal(400, `${key} must be nanoseconds since 1970`)
  return BigInt(digits)
}

/** Times are sent as texts, because JavaScript numbers cannot represent them. @param {unknown} value */
function json (value) {
  return JSON.stringify(value, (key, item) => typeof item === 'bigint' ? item.toString() : item)
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} body */
function sendJson (response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(json(body))
}

/** @param {import('node:http').ServerResponse} response @param {unknown} error */
function refuse (response, error) {
  if (response.destroyed) return
  if (response.headersSent) return response.destroy()
  if (error instanceof Refusal) return sendJson(response, error.status, { code: 'refused', message: error.message })
  if (error instanceof SeerflowError) return sendJson(response, /** @type {Record<string, number>} */ (STATUS)[error.code] ?? 500, { code: error.code, message: error.message })
  console.error(error)
  sendJson(response, 500, { code: 'unknown', message: 'the explorer failed; see the error in its terminal' })
}

async function main () {
  const { values, positionals: [path] } = parseArgs({ allowPositionals: true, options: { port: { type: 'string', default: '8317' } } })
  if (!path) throw new Error('usage: node server.mjs events.db [--port 8317]')
  // Opening would create the database.
  await access(path).catch(() => { throw new Error(`there is no file ${path}`) })
  const store = await open({ path })
  const { server, address } = await serve(store, Number(values.port))
  console.log(address)
  process.once('SIGINT', async () => {
    server.close()
    server.closeAllConnections()
    await store.close()
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
