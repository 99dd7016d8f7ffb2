'use strict'

// Finds and loads the addon's binary: one that was built in this package, or that of the package for this platform, which npm installs with
// it as an optional dependency. The library next to the binary must be of the same platform.

const fs = require('node:fs')
const path = require('node:path')

const { platform, arch } = process
const folder = path.join(__dirname, '..', 'prebuilds')
const target = `${platform}-${arch}${usesMusl() ? '-musl' : ''}`
const built = path.join(folder, target, 'seerflow.node')

/** Returns whether this Node uses the C library musl, as on Alpine: the start of its program file contains the path of musl's loader. */
function usesMusl () {
  if (platform !== 'linux') return false
  const start = Buffer.alloc(4096)
  try {
    const program = fs.openSync(process.execPath, 'r')
    try {
      fs.readSync(program, start)
    } finally {
      fs.closeSync(program)
    }
  } catch {
    // The permission model of Node may forbid it. Most systems use glibc.
  }
  return start.includes('/ld-musl-')
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
