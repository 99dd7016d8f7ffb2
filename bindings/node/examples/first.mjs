// Stores two events and a log line, and finds them again.
import { open } from 'seerflow'

const store = await open({ path: 'events.db' })

await store.write([
  { message: 'Failed password for root', severity_id: 3, source_type: 'sshd', related_ips: ['203.0.113.66'] },
  { message: 'Accepted password for deploy', source_type: 'sshd', related_ips: ['203.0.113.66'], attributes: { port: 51514 } }
])
await store.write('Mar 15 01:47:13 web2 sshd[812]: Connection closed by 203.0.113.66\n', { format: 'lines', durable: true })

for await (const event of store.timeline({ type: 'ip', value: '203.0.113.66' })) {
  console.log(event.timestamp_ns, event.message)
}
await store.close()
