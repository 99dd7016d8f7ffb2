// Programs that the types must accept, and programs that they must refuse. tsc checks them; they are never run.
import seerflow, { entityId, nanoseconds, open, SeerflowError, type Event, type OpenOptions, type Store } from 'seerflow'
import transport from 'seerflow/pino'
import { SeerflowTransport } from 'seerflow/winston'

async function allowed (): Promise<void> {
  await using store = await open({ path: 'events.db', config: { 'storage.flush_interval_ms': 50 }, log: (level, text) => console.log(level, text) })
  const result = await store.write([{ message: 'm', timestamp_ns: nanoseconds(new Date()), attributes: { port: 22, deep: { list: [1n, null] }, error: new Error() } }, { timestamp_ns: new Date() }])
  // An event that was read can be written again. So can an object of the program's own type, with any attributes.
  for await (const event of store.query()) await store.write(event)
  interface Login { message: string, level: string, attributes: { user: string, at: Date } }
  const login: Login = { message: 'm', level: 'info', attributes: { user: 'root', at: new Date() } }
  await store.write([login, login])
  await store.write(new SharedArrayBuffer(8))
  const json: string = JSON.stringify(await store.queryPage())
  const reader = await open({ readOnly: true, mustExist: true })
  void [json, reader, (await store.event('x')).toJSON?.()]
  const options: OpenOptions = { path: new URL('file:///events.db') }
  const opened: Store = await open(options)
  const either: OpenOptions<'bigint' | 'number'> = { timestamps: 'number' }
  const time0: bigint | number = (await (await open(either)).event('x')).timestamp_ns
  await store.alerts.write({ alert_type: 'ioc', rule_name: 'r', timestamp_ns: new Date() })
  for await (const alert of store.alerts.query({ signal: null })) await store.alerts.write(alert)
  await store.templates.write({ template_id: 1, template_str: 't', first_seen_ns: new Date(), last_seen_ns: 1n, event_count: 1 })
  await store.edges.write({ source_id: 'a', target_id: 'b', rel_type: 'r', first_seen_ns: new Date(), last_seen_ns: 1n, event_count: 1 })
  void [opened, time0]
  const count: number = result.accepted + result.rejected.length
  const durable = await store.write(new Uint8Array(), { durable: true, format: 'msgpack', batchKey: 'k', signal: AbortSignal.timeout(5) })
  const survives: 'none' | 'process' | 'power' = durable.durability
  for await (const event of store.query({ text: 'failed', entity: { type: 'ip', value: '192.0.2.1' }, from: new Date(), to: 5n })) {
    const time: bigint = event.timestamp_ns
    const message: string | undefined = event.message
    void [time, message]
  }
  const number = await open({ timestamps: 'number' })
  const [found] = await number.search('m')
  const time: number | undefined = found?.timestamp_ns
  const typed: Store<bigint> = store
  const page: { events: Array<Event<bigint>> } = await typed.queryPage({ total: 1000, order: 'arrival' })
  const chunk: Buffer | undefined = (await store.queryNdjson().next()).value ?? undefined
  const [alert] = await store.alerts.write({ alert_type: 'sigma', rule_name: 'r', severity_id: 5, entity_type: 'ip', entity_value: '192.0.2.1' })
  if (alert?.is_new) await store.alerts.judge(alert.alert_id, 'tp', { note: 'seen' })
  const saved: bigint = await store.models.save('key', Buffer.from('x'), { expected: null })
  await store.models.save('key', 'y', { expected: saved })
  const id: string = entityId('user', 'root')
  try {
    await store.event(id)
  } catch (error) {
    if (error instanceof SeerflowError && error.code === 'not_found' && !error.retriable) return
    throw error
  }
  const stream = await transport({ path: 'x', durable: true })
  stream.flush((error) => console.log(error))
  const winston = new SeerflowTransport({ store, level: 'info' })
  await winston.flush()
  void [count, survives, time, page, chunk, seerflow.version]
}

async function refused (store: Store): Promise<void> {
  // @ts-expect-error: the message must be a text
  await store.write({ message: 5 })
  // @ts-expect-error: a misspelt field
  await store.write([{ mesage: 'm' }])
  // @ts-expect-error: a promise is not an event
  await store.write(Promise.resolve({ message: 'm' }))
  // @ts-expect-error: an unknown order
  store.query({ order: 'up' })
  // @ts-expect-error: an unknown error code
  if (new Error() instanceof SeerflowError && ({} as SeerflowError).code === 'nothing') return
  // @ts-expect-error: the result of a write that is not durable has no duplicates
  void (await store.write([])).duplicates
  // @ts-expect-error: times are BigInts by default
  const time: number = (await store.event('x')).timestamp_ns
  // @ts-expect-error: stores cannot be constructed
  void [new seerflow.Store(), time]
}

void [allowed, refused]
