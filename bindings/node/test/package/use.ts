// Uses the installed package from TypeScript.
import { open, type Event } from 'seerflow'

const store = await open({ path: 'ts.db' })
await store.write([{ message: 'from TypeScript', timestamp_ns: 1n }], { durable: true })
const events: Event[] = await store.search('typescript')
if (events[0]?.timestamp_ns !== 1n) throw new Error('not found')
await store.close()
