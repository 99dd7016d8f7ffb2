// The loader of the addon's binary.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { folder } from './support/folder.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = `${process.platform}-${process.arch}`

/** Copies the package without its binaries, and returns what loading the copy prints to stderr. */
function load (t, prepare, execPath = process.execPath) {
  const home = folder(t)
  for (const part of ['lib', 'package.json']) cpSync(join(root, part), join(home, part), { recursive: true })
  mkdirSync(join(home, 'prebuilds'))
  prepare(join(home, 'prebuilds'))
  return spawnSync(process.execPath, ['-e', `process.execPath = ${JSON.stringify(execPath)}; require(${JSON.stringify(home)})`], { encoding: 'utf8' }).stderr
}

/** Returns an ELF file whose loader is musl's. Its name is at the end, where patchelf puts it. */
function musl () {
  const name = Buffer.from('/lib/ld-musl-x86_64.so.1\0')
  const file = Buffer.concat([Buffer.alloc(8192), name])
  file.write('\x7fELF', 'latin1')
  file.writeBigUInt64LE(64n, 32)    // one program header of 56 bytes follows the file's header
  file.writeUInt16LE(56, 54)
  file.writeUInt16LE(1, 56)
  file.writeUInt32LE(3, 64)         // PT_INTERP
  file.writeBigUInt64LE(8192n, 64 + 8)
  file.writeBigUInt64LE(BigInt(name.length), 64 + 32)
  return file
}

test('a missing binary is named, with the platforms that have one', (t) => {
  assert.match(load(t, () => {}), new RegExp(`has no binary for ${target}, and none for other platforms: /.*${target}/seerflow.node is missing`))
  assert.match(load(t, (prebuilds) => mkdirSync(join(prebuilds, 'darwin-arm64'))), /only for darwin-arm64/)
})

test('a binary for glibc is not loaded with musl', { skip: process.platform !== 'linux' }, (t) => {
  const program = join(folder(t), 'node')
  writeFileSync(program, musl())
  const said = load(t, (prebuilds) => cpSync(join(root, 'prebuilds', target), join(prebuilds, target), { recursive: true }), program)
  assert.match(said, new RegExp(`has no binary for ${target}-musl, only for ${target}`))
})

test('a library that is missing next to the addon is named', (t) => {
  const said = load(t, (prebuilds) => {
    cpSync(join(root, 'prebuilds', target), join(prebuilds, target), { recursive: true })
    renameSync(join(prebuilds, target, 'libseerflow.so.1'), join(prebuilds, 'elsewhere'))
  })
  assert.match(said, new RegExp(`cannot load its binary for ${target}, /.*: libseerflow`))
})
