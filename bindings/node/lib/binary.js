'use strict'

// Finds and loads the addon's binary. The library next to it must be of the same platform.

const fs = require('node:fs')
const path = require('node:path')

const { platform, arch } = process
const folder = path.join(__dirname, '..', 'prebuilds')
const target = `${platform}-${arch}${usesMusl() ? '-musl' : ''}`
const file = path.join(folder, target, 'seerflow.node')

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

function load () {
  if (!fs.existsSync(file)) {
    const others = fs.existsSync(folder) ? fs.readdirSync(folder) : []
    const which = others.length === 0 ? 'and none for other platforms' : `only for ${others.join(', ')}`
    throw new Error(`the package seerflow has no binary for ${target}, ${which}: ${file} is missing. To build it, see "Building" in the package's README.`)
  }
  try {
    return require(file)
  } catch (cause) {
    throw new Error(`the package seerflow cannot load its binary for ${target}, ${file}: ${cause.message}`, { cause })
  }
}

module.exports = load()
