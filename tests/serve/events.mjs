// Prints events for measure.mjs, a month of them in the order of their time, the same ones every time:
//
//     node events.mjs 1000000 | seerflow --set storage.sqlite_path=million.db ingest --format ndjson -
import { once } from 'node:events'

const COUNT = Number(process.argv[2])
const STEP = 30n * 86_400_000_000_000n / BigInt(COUNT)
const USERS = ['root', 'admin', 'alice', 'deploy', 'backup', 'git', 'www', 'nobody']

let seed = 1
const random = (below) => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed % below
}

/** Returns an event without its time. Small numbers are more frequent. */
function event () {
  const host = `${['web', 'db', 'app'][random(3)]}-${random(8)}`
  const user = USERS[random(random(USERS.length) + 1)]
  const ip = `203.0.113.${random(random(250) + 1)}`
  const kind = random(100)
  const own = (source_type, severity_id, message, more) => ({ source_type, source_id: host, severity_id, message, related_hosts: [host], ...more })
  if (kind < 25) return own('sshd', 3, `Failed password for ${user} from ${ip} port ${1024 + random(60_000)} ssh2`, { related_users: [user], related_ips: [ip] })
  if (kind < 35) return own('sshd', 1, `Accepted publickey for ${user} from ${ip} port ${1024 + random(60_000)} ssh2: ED25519`, { related_users: [user], related_ips: [ip] })
  if (kind < 75) return own('nginx', kind < 72 ? 1 : 4, `${ip} "GET /items/${random(5_000)} HTTP/1.1" ${kind < 72 ? 200 : 502} ${random(90_000)}`, { related_ips: [ip] })
  if (kind < 90) return own('cron', 1, `(${user}) CMD (/usr/local/bin/task-${random(40)})`, { related_users: [user] })
  return own('systemd', kind < 99 ? 1 : 5, random(1_000) ? `Started session ${random(9_000)} of user ${user}.` : `unit-${random(40)}.service: Failed with result 'exit-code'.`, { related_users: [user] })
}

for (let i = 0n; i < BigInt(COUNT); i++) {
  const line = JSON.stringify({ timestamp_ns: String(1_772_323_200_000_000_000n + i * STEP), ...event() })
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
}
