'use strict'

// Calls the addon, and returns promises. The addon holds the state of running calls, because Jest and tests that empty `require.cache`
// load this file several times over one addon.

const { types: { isNativeError } } = require('node:util')
const { SeerflowError } = require('./errors')
const addon = require('./binary')

/** Passes the rest of the data of running writes to the addon before the process ends. Only the last copy of this file listens. */
function atExit (code) {
  for (const finish of addon.unfinished) finish()
  if (!addon.shut() && code === 0) process.exitCode = 1
}

// Not called when a worker is terminated. The addon's own hook then stores its data.
if (addon.atExit !== undefined) process.off('exit', addon.atExit)
process.on('exit', addon.atExit = atExit)

/**
 * Starts a call of the addon with `begin(settle)`, which returns the number of the call. The promise is settled when the call ends. The
 * error is created here, after an await, so that its stack leads to the caller.
 * @param {AbortSignal | undefined} signal interrupts the call
 */
async function call (signal, begin) {
  throwIfAborted(signal)
  let number
  const ended = new Promise((resolve, reject) => {
    number = begin((failure, answer) => failure === undefined ? resolve(answer) : reject(failure))
  })
  const forget = signal && whenAborted(signal, () => addon.interrupt(number))
  try {
    return await ended
  } catch (failure) {
    const error = errorOf(failure)
    if (signal?.aborted && error.code === 'interrupted') error.cause = signal.reason
    throw error
  } finally {
    forget?.()
  }
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
    throw errorOf(failure)
  }
}

/** Converts a failure of the addon to a SeerflowError. Other errors are returned unchanged. */
function errorOf (failure) {
  return isNativeError(failure) ? failure : new SeerflowError(failure)
}

function throwIfAborted (signal) {
  if (!signal?.aborted) return
  const error = new SeerflowError({ code: 'interrupted', message: 'the signal was aborted' })
  error.cause = signal.reason
  throw error
}

module.exports = { addon, call, now, throwIfAborted, whenAborted }
