'use strict'

// Loads the addon, and keeps the promises of calls that have not ended.

const fs = require('node:fs')
const path = require('node:path')
const { SeerflowError } = require('./errors')

const addon = load()

/** Calls that have not ended: number -> { resolve, owner }. The owner is kept from being collected. */
const pending = new Map()
/** Functions that log records of a store go to. */
const loggers = new Map()
/** What is to be handed over before the end: functions of writes that are under way. */
const unfinished = new Set()
let last = 0

addon.install(settled, (store, level, text) => loggers.get(store)?.(level, text))
// Not called when a worker is terminated: then the addon's own hook stores what it was given.
process.on('exit', (code) => {
  for (const finish of unfinished) finish()
  if (!addon.shut() && code === 0) process.exitCode = 1
})

function load () {
  const root = path.join(__dirname, '..')
  const folder = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`)
  const file = path.join(folder, 'seerflow.node')
  if (!fs.existsSync(file)) {
    throw new Error(`seerflow has no binary for ${process.platform}-${process.arch} (${file}). ` +
      'Build one: see "Building" in the package\'s README.')
  }
  return require(file)
}

/** How a call ended that failed. */
class Failed {
  constructor (failure) {
    this.failure = failure
  }
}

function settled (number, failure, answer) {
  const { resolve } = pending.get(number)
  pending.delete(number)
  resolve(failure === undefined ? answer : new Failed(failure))
}

/**
 * Begins a call of the addon: `begin(number)` starts it, the promise ends when it does. The error is made here, behind an await, so that its
 * stack leads to the caller.
 * @param {object} owner kept alive meanwhile
 * @param {AbortSignal | undefined} signal interrupts the call
 */
async function call (owner, signal, begin) {
  if (signal?.aborted) throw aborted(signal)
  const number = ++last
  const ended = new Promise((resolve) => pending.set(number, { resolve, owner }))
  try {
    begin(number)
  } catch (failure) {
    pending.delete(number)
    throw SeerflowError.from(failure)
  }
  const forget = signal && whenAborted(signal, () => addon.interrupt(number))
  const answer = await ended
  forget?.()
  if (!(answer instanceof Failed)) return answer
  const error = new SeerflowError(answer.failure)
  if (signal?.aborted && error.code === 'interrupted') error.cause = signal.reason
  throw error
}

/** What is to be done when a signal is aborted; one listener for each signal, however many calls it has. */
const watched = new WeakMap()

/** Calls a function when a signal is aborted. Returns what takes it back. */
function whenAborted (signal, body) {
  let watch = watched.get(signal)
  if (watch === undefined) {
    const bodies = new Set()
    watch = { bodies, listener: () => { for (const body of bodies) body() } }
    watched.set(signal, watch)
  }
  const { bodies, listener } = watch
  if (bodies.size === 0) signal.addEventListener('abort', listener)
  bodies.add(body)
  return () => {
    if (bodies.delete(body) && bodies.size === 0) signal.removeEventListener('abort', listener)
  }
}

/** Calls the addon now, turning what it throws into a SeerflowError. */
function now (body) {
  try {
    return body()
  } catch (failure) {
    throw SeerflowError.from(failure)
  }
}

function aborted (signal) {
  const error = new SeerflowError({ code: 'interrupted', message: 'the signal was aborted before the call' })
  error.cause = signal.reason
  return error
}

module.exports = { addon, call, loggers, now, unfinished, whenAborted }
