'use strict'

// Loads the addon, and has the promises of running calls.

const fs = require('node:fs')
const path = require('node:path')
const { SeerflowError } = require('./errors')

const addon = load()

/** Running calls: number -> { resolve, owner }. The reference to the owner protects it from garbage collection. */
const pending = new Map()
/** The functions that receive the log records of stores. */
const loggers = new Map()
/** Functions of running writes, which pass the rest of their data to the addon before the process ends. */
const unfinished = new Set()
let last = 0

addon.install(settled, (store, level, text) => loggers.get(store)?.(level, text))
// Not called when a worker is terminated. The addon's own hook then stores its data.
process.on('exit', (code) => {
  for (const finish of unfinished) finish()
  if (!addon.shut() && code === 0) process.exitCode = 1
})

function load () {
  const root = path.join(__dirname, '..')
  const folder = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`)
  const file = path.join(folder, 'seerflow.node')
  if (!fs.existsSync(file)) {
    throw new Error(`the package seerflow has no binary for ${process.platform}-${process.arch} (${file}). ` +
      'Build one: see "Building" in the package\'s README.')
  }
  return require(file)
}

/** The error of a failed call. */
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
 * Starts a call of the addon with `begin(number)`. The promise is settled when the call ends. The error is created here, after an await, so
 * that its stack leads to the caller.
 * @param {object} owner protected from garbage collection during the call
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

/** The functions to call when a signal is aborted. Each signal has one listener, however many calls use it. */
const watched = new WeakMap()

/** Calls a function when a signal is aborted. Returns a function that cancels this. */
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

/** Calls the addon synchronously, and converts its exceptions to a SeerflowError. */
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
