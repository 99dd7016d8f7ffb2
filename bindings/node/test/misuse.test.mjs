// Options, signals and errors: mistakes of the caller, and their error messages.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { open, SeerflowError } from '../lib/index.mjs'
import transport from '../lib/pino.mjs'
import { SeerflowTransport } from '../lib/winston.mjs'
import { all, folder, fresh } from './support/folder.mjs'

const invalid = (message) => (error) => {
  assert.ok(error instanceof SeerflowError, error.stack)
  assert.equal(error.code, 'invalid')
  assert.match(error.message, message)
  return true
}

test('an unknown option is refused, and the message suggests a similar one', async (t) => {
  const path = join(folder(t), 'events.db')
  await assert.rejects(open({ pth: path }), invalid(/open\(\) has no option pth, did you mean path\?/))
  await assert.rejects(open({ filename: path }), invalid(/filename, did you mean path\?/))
  await assert.rejects(transport({ filename: path }), invalid(/seerflow\/pino has no option filename, did you mean path\?/))
  assert.throws(() => new SeerflowTransport({ Path: path }), invalid(/Path, did you mean path\?/))
  for (const wrong of [null, '', 5]) await assert.rejects(open({ path: wrong }), invalid(/path must be the path of a file, not/))
  await assert.rejects(open(path), invalid(/takes an object of options, not the text/))
  await assert.rejects(open({ path, config: { 'storage.data_dir': undefined } }), invalid(/storage\.data_dir/))
  await assert.rejects(open({ path, exitTimeout: -1 }), invalid(/exitTimeout/))
  assert.equal(existsSync(path), false)
  const store = await open({ path: pathToFileURL(path), file: undefined, nothing: undefined })
  t.after(() => store.close())
  assert.equal(store.path, path)
  await assert.rejects(store.queryPage({ minSeverty: 3 }), invalid(/did you mean minSeverity\?/))
  await assert.rejects(store.prune({ befor: new Date() }), invalid(/did you mean before\?/))
  await assert.rejects(store.write({}, { durabel: true }), invalid(/did you mean durable\?/))
})

test('no function that returns a promise throws, and every misuse is a SeerflowError', async (t) => {
  const store = await fresh(t)
  const misuses = [
    ...[NaN, null, -1, 1.5, '5'].flatMap((limit) => [() => store.query({ limit }).next(), () => store.queryPage({ limit }), () => store.alerts.query({ limit }).next(), () => store.timeline({ type: 'ip', value: '192.0.2.1' }, { limit }).next()]),
    ...[NaN, 0, 100_001].map((pageSize) => () => store.query({ pageSize }).next()),
    ...[() => store.flush(null), () => store.flush({ timeout: 'x' }), () => store.event(), () => store.histogram({ text: 5 }), () => store.histogram({ from: 0n, to: 1n, split: 'x' }), () => store.countBy('x'), () => store.distinct()],
    ...[() => store.timeline().next(), () => store.timeline({ type: 'x', value: 'y' }).next(), () => store.queryPage({ entity: null }), () => store.search(5), () => store.search(), () => store.close(5), () => store.write({}, 5)],
    ...[() => store.alerts.write(5), () => store.alerts.write([null]), () => store.alerts.write(Promise.resolve({})), () => store.alerts.histogram({ from: 'x', to: 1n }), () => store.alerts.countBy('x'), () => store.alerts.get(), () => store.alerts.judge(5)],
    ...[() => store.entities.of(), () => store.entities.describe(), () => store.edges.write(5), () => store.deadLetters({ before: 5 }).next(), () => store.edges.prune('x'), () => store.edges.all({ pageSize: 'x' }).next()],
    ...[() => store.graph.related(null), () => store.graph.neighbours('x', { depth: 'x' }), () => store.graph.neighbours('x', { relations: 5 }), () => store.graph.path('x'), () => store.graph.top(), () => store.graph.subgraph()],
    ...[() => store.models.save(), () => store.models.save('key'), () => store.models.load(), () => store.models.list({ prefix: 5 }), () => store.sigmaRules.enable(), () => store.sigmaRules.writeMatches(5), () => store.templates.write(5), () => store.templates.prune('x'), () => store.backup()]
  ]
  for (const misuse of misuses) {
    let promise
    assert.doesNotThrow(() => { promise = misuse() }, misuse.toString())
    await assert.rejects(promise, SeerflowError, misuse.toString())
  }
  assert.equal(store.health().state, 'ok')
  assert.deepEqual(await all(store.query({ limit: 0 })), [])
})

test('a signal is null or an AbortSignal, and gets one listener for any number of calls', async (t) => {
  const store = await fresh(t, { config: { 'storage.queue_events': 10, 'storage.flush_interval_ms': 3_600_000, 'storage.flush_events': 1_000_000 } })
  assert.equal((await store.write(Array.from({ length: 10 }, () => ({ message: 'm' })), { signal: null })).accepted, 10)
  await assert.rejects(store.write({ message: 'm' }, { signal: new AbortController() }), invalid(/signal must be an AbortSignal, not an AbortController/))
  assert.equal(store.stats().accepted, 10)
  const warnings = []
  const warned = (warning) => warnings.push(warning.name)
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = function (...parameters) { listeners++; return addEventListener.apply(this, parameters) }
  signal.removeEventListener = function (...parameters) { listeners--; return removeEventListener.apply(this, parameters) }
  await Promise.all(Array.from({ length: 20 }, () => store.queryPage({ signal })))
  assert.equal(listeners, 0)
  const follows = Array.from({ length: 20 }, () => all(store.follow({ signal, interval: 5 })))
  const writes = Array.from({ length: 20 }, () => store.write({ message: 'no room' }, { timeout: -1, signal }))
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(listeners, 1)
  controller.abort()
  assert.ok((await Promise.allSettled(writes)).every(({ reason }) => reason.code === 'interrupted' && reason.cause === signal.reason))
  await Promise.all(follows)
  assert.deepEqual(warnings, [])
})

test('the stack of an error leads to the call', async (t) => {
  const store = await fresh(t)
  async function theCaller () {
    await new Promise(setImmediate)
    await store.event('01a210d4-bc34-75d6-9980-1f834d60299b')
  }
  async function aLoop () {
    for await (const event of store.query({ cursor: 'x' })) assert.fail(event)
  }
  async function aWriter () {
    await store.write({ message: 'm' }, { durable: true, timezone: 'Nowhere' })
  }
  async function atOnce () {
    await Promise.all([store.flush(), store.alerts.get('01a210d4-bc34-75d6-9980-1f834d60299b')])
  }
  await assert.rejects(theCaller(), ({ stack, message }) => stack.startsWith(`SeerflowError: ${message}\n`) && /at async theCaller .*misuse\.test\.mjs/.test(stack))
  await assert.rejects(aLoop(), ({ stack }) => /at (async )?aLoop .*misuse\.test\.mjs/.test(stack))
  await assert.rejects(aWriter(), ({ stack }) => /at async aWriter .*misuse\.test\.mjs/.test(stack))
  await assert.rejects(atOnce(), ({ stack }) => /at async atOnce .*misuse\.test\.mjs/.test(stack))
  await assert.rejects(theCaller(), (error) => !('consumed' in error) && !('records' in error))
})

test('an error of another copy of the package is a SeerflowError too', async (t) => {
  const require = createRequire(import.meta.url)
  const path = require.resolve('../lib/errors.js')
  delete require.cache[path]
  const { SeerflowError: Other } = require(path)
  assert.notEqual(Other, SeerflowError)
  assert.ok(new Other({ code: 'invalid', message: 'm' }) instanceof SeerflowError)
  class Special extends SeerflowError {}
  for (const value of [new Error('x'), null, undefined, 'x', {}]) assert.equal(value instanceof SeerflowError, false)
  assert.equal(new SeerflowError({ code: 'io', message: 'm' }) instanceof Special, false)
})
