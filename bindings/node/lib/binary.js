'use strict'

// Finds and loads the addon's binary: one that was built in this package, or that of the package for this platform, which npm installs with
// it as an optional dependency. The library next to the binary must be of the same platform.

const fs = require('node:fs')
const path = require('node:path')

const { platform, arch } = process
const folder = path.join(__dirname, '..', 'prebuilds')
const target = `${platform}-${arch}${usesMusl() ? '-musl' : ''}`
const built = path.join(folder, target, 'seerflow.node')

/** Returns whether this Node uses the C library musl, as on Alpine: its program file names musl's loader. */
function usesMusl () {
  if (platform !== 'linux') return false
  try {
    const program = fs.openSync(process.execPath, 'r')
    try {
      return loaderOf(program).includes('/ld-musl-')
    } finally {
      fs.closeSync(program)
    }
  } catch {
    // The permission model of Node may forbid it. Most systems use glibc.
    return false
  }
}

/** Returns the path of the loader that an ELF file for a 64-bit processor names in a program header of type PT_INTERP. */
function loaderOf (file) {
  const read = (position, length) => {
    const bytes = Buffer.alloc(length)
    fs.readSync(file, bytes, 0, length, position)
    return bytes
  }
  const start = read(0, 64)
  const [size, count] = [start.readUInt16LE(54), start.readUInt16LE(56)]
  const headers = read(Number(start.readBigUInt64LE(32)), size * count)
  for (let at = 0; at < headers.length; at += size) {
    if (headers.readUInt32LE(at) === 3) return read(Number(headers.readBigUInt64LE(at + 8)), Number(headers.readBigUInt64LE(at + 32))).toString()
  }
  return ''
}

/** Returns the path of the binary for this platform. */
function find () {
  if (fs.existsSync(built)) return built
  try {
    return require.resolve(`@seerflow/${target}/seerflow.node`)
  } catch {
    const others = fs.existsSync(folder) ? fs.readdirSync(folder) : []
    const which = others.length === 0 ? 'and none for other platforms' : `only for ${others.join(', ')}`
    throw new Error(`the package seerflow has no binary for ${target}, ${which}: ${built} is missing, and so is the package @seerflow/${target}, which npm installs unless optional dependencies are omitted. To build it, see "Building" in the package's README.`)
  }
}

function load () {
  const file = find()
  try {
    return require(file)
  } catch (cause) {
    throw new Error(`the package seerflow cannot load its binary for ${target}, ${file}: ${cause.message}`, { cause })
  }
}

module.exports = load()
