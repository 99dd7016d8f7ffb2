// A new directory for a test, removed after the test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { open } from '../../lib/index.mjs'

export function folder (t) {
  const path = mkdtempSync(join(tmpdir(), 'seerflow-node-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Opens a store in a new directory. It is closed after the test, before the directory is removed. */
export async function fresh (t, options = {}) {
  let store
  t.after(() => store?.close())
  const path = join(folder(t), 'events.db')
  store = await open({ path, ...options })
  return store
}

export async function all (generator) {
  const items = []
  for await (const item of generator) items.push(item)
  return items
}
