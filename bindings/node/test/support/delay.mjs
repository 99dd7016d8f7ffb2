// How long the event loop is held up, beside that of a worker that does nothing: what the machine does to everybody is subtracted.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

const RESOLUTION = { resolution: 1 }

export async function measureDelay (work) {
  const idle = new Worker(new URL(import.meta.url))
  await new Promise((resolve) => idle.once('message', resolve))
  const delay = monitorEventLoopDelay(RESOLUTION)
  delay.enable()
  await work()
  delay.disable()
  idle.postMessage('stop')
  const machine = await new Promise((resolve) => idle.once('message', resolve))
  await idle.terminate()
  const late = delay.percentile(99) / 1e6
  return { late, machine, own: late - machine }
}

export const spell = ({ late, machine }) => `event loop delay at the 99th percentile ${late.toFixed(1)} ms, of a worker that does nothing ${machine.toFixed(1)} ms`

if (!isMainThread) {
  const delay = monitorEventLoopDelay(RESOLUTION)
  delay.enable()
  parentPort.postMessage('measuring')
  parentPort.once('message', () => {
    delay.disable()
    parentPort.postMessage(delay.percentile(99) / 1e6)
  })
}
