// Uses the installed package from ESM.
import assert from 'node:assert/strict'
import seerflow, { open, SeerflowError } from 'seerflow'

assert.equal(seerflow.open, open)
const store = await open({ path: 'esm.db' })
await store.write({ message: 'from ESM' }, { durable: true })
assert.equal((await store.search('esm'))[0].message, 'from ESM')
await store.close()
await assert.rejects(store.search('esm'), SeerflowError)
