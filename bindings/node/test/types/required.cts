// The same with require().
import seerflow = require('seerflow')
import transport = require('seerflow/pino')
import winston = require('seerflow/winston')

async function required (): Promise<void> {
  const store = await seerflow.open()
  const event: seerflow.Event = await store.event('x')
  await transport({ path: event.message })
  void new winston.SeerflowTransport({ path: 'x' })
}

void required
