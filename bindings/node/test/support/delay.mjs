// Measures how long the event loop is blocked: its delay beside that of an idle worker, because other load on the machine causes delay too, and
// the longest turn in CPU time of the thread, which other load does not change.
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

const RESOLUTION = { resolution: 1 }

/** The CPU time of this thread in milliseconds. It excludes the time in which other processes run. */
const ran = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6

export async function measureDelay (work) {
  const idle = new Worker(new URL(import.meta.url))
  await new Promise((resolve) => idle.once('message', resolve))
  const delay = monitorEventLoopDelay(RESOLUTION)
  delay.enable()
  let last = ran()
  let turn = 0
  const tick = () => {
    const now = ran()
    turn = Math.max(turn, now - last)
    last = now
  }
  const timer = setInterval(tick, 2)
  await work()
  tick()
  clearInterval(timer)
  delay.disable()
  idle.postMessage('stop')
  const machine = await new Promise((resolve) => idle.once('message', resolve))
  await idle.terminate()
  const late = delay.percentile(99) / 1e6
  return { late, machine, turn }
}

export const spell = ({ late, machine, turn }) => `event loop delay at the 99th percentile ${late.toFixed(1)} ms, of an idle worker ${machine.toFixed(1)} ms; longest turn ${turn.toFixed(1)} ms of the thread's time`

if (!isMainThread) {
  const delay = monitorEventLoopDelay(RESOLUTION)
  delay.enable()
  parentPort.postMessage('measuring')
  parentPort.once('message', () => {
    delay.disable()
    parentPort.postMessage(delay.percentile(99) / 1e6)
  })
}
