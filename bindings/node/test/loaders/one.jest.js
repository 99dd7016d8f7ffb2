// Jest gives each file, and each jest.resetModules(), its own copy of the JavaScript over one addon.
const { mkdtempSync } = require('node:fs')

const home = mkdtempSync('jest-')

async function write (message) {
  const { open } = require('seerflow')
  const store = await open({ path: `${home}/events.db` })
  await store.write([{ message, body: new Map([['bytes', new Uint8Array([1])]]) }], { durable: true })
  const { events } = await store.summary()
  await store.close()
  return events
}

test('a store works', async () => {
  expect(await write('one')).toBe(1)
})

test('a store works after jest.resetModules()', async () => {
  jest.resetModules()
  expect(await write('two')).toBe(2)
})

test('a failure is an error of the class that this copy exports', async () => {
  const { open, SeerflowError } = require('seerflow')
  await expect(open({ path: '/proc/none/x.db' })).rejects.toBeInstanceOf(SeerflowError)
})
