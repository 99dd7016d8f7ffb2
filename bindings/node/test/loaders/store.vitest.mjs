import { mkdtempSync } from 'node:fs'
import { expect, test, vi } from 'vitest'

const home = mkdtempSync('vitest-')

for (const round of [1, 2]) {
  test(`a store works, round ${round}`, async () => {
    vi.resetModules()
    const { open } = await import('seerflow')
    const store = await open({ path: `${home}/events.db` })
    await store.write({ message: 'from vitest' }, { durable: true })
    expect((await store.search('vitest')).length).toBe(round)
    await store.close()
  })
}
