'use strict'

// Loads the addon, and keeps the promises of calls that have not ended.

const fs = require('node:fs')
const path = require('node:path')
const { SeerflowError } = require('./errors')

const addon = load()

/** Calls that have not ended: number -> { resolve, reject, owner }. The owner is kept from being collected. */
const pending = new Map()
/** Functions that log records of a store go to. */
const loggers = new Map()
let last = 0

addon.install(settled, (store, level, text) => loggers.get(store)?.(level, text))
// Not called when a worker is terminated: then the addon's own hook does the same.
process.on('exit', () => addon.shut())

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

function settled (number, failure, answer) {
  const call = pending.get(number)
  pending.delete(number)
  if (failure === undefined) call.resolve(answer)
  else call.reject(new SeerflowError(failure))
}

/**
 * Begins a call of the addon: `begin(number)` starts it, the promise ends when it does.
 * @param {object} owner kept alive meanwhile
 * @param {AbortSignal | undefined} signal interrupts the call
 */
function call (owner, signal, begin) {
  if (signal?.aborted) return Promise.reject(aborted(signal))
  const number = ++last
  const promise = new Promise((resolve, reject) => {
    pending.set(number, { resolve, reject, owner })
    try {
      begin(number)
    } catch (failure) {
      pending.delete(number)
      reject(SeerflowError.from(failure))
    }
  })
  if (signal === undefined || !pending.has(number)) return promise
  const interrupt = () => addon.interrupt(number)
  signal.addEventListener('abort', interrupt, { once: true })
  return promise.then(
    (answer) => {
      signal.removeEventListener('abort', interrupt)
      return answer
    },
    (error) => {
      signal.removeEventListener('abort', interrupt)
      if (signal.aborted && error.code === 'interrupted') error.cause = signal.reason
      throw error
    })
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
  const error = new SeerflowError({ code: 'interrupted', message: 'the signal was aborted before the call', retriable: false })
  error.cause = signal.reason
  return error
}

module.exports = { addon, call, now, loggers }
