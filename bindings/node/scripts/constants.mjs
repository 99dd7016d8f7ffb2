// Generates lib/constants.js from include/seerflow.h. With --check it compares instead.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const header = readFileSync(process.env.SEERFLOW_HEADER ?? here('../../../include/seerflow.h'), 'utf8')

/** Returns the members of an enumeration in the header, in order: [name, number]. */
function members (enumeration, prefix) {
  const body = header.match(new RegExp(`typedef enum ${enumeration} SEERFLOW_ENUM\\(u?int32_t\\) \\{(.*?)\\} ${enumeration};`, 's'))
  if (!body) throw new Error(`${enumeration} is not in the header`)
  const found = [...body[1].matchAll(new RegExp(`^ *${prefix}([A-Z_]+) = (\\d+),`, 'gm'))]
  if (found.length === 0) throw new Error(`${enumeration} has no members`)
  return found.map(([, name, number]) => [name.toLowerCase(), Number(number)])
}

const tables = {
  STATUS: members('seerflow_status', 'SEERFLOW_STATUS_'),
  STATE: members('seerflow_state', 'SEERFLOW_STATE_'),
  DURABILITY: members('seerflow_durability', 'SEERFLOW_DURABILITY_'),
  ORDER: members('seerflow_order', 'SEERFLOW_ORDER_'),
  TOTAL: members('seerflow_total', 'SEERFLOW_TOTAL_'),
  ENTITY_TYPE: members('seerflow_entity_type', 'SEERFLOW_ENTITY_TYPE_'),
  COUNT_BY: members('seerflow_count_by', 'SEERFLOW_COUNT_BY_'),
  FORMAT: members('seerflow_format', 'SEERFLOW_FORMAT_'),
  KIND: members('seerflow_kind', 'SEERFLOW_KIND_'),
  CHECK: members('seerflow_check', 'SEERFLOW_CHECK_'),
  LOG_LEVEL: members('seerflow_log_level', 'SEERFLOW_LOG_LEVEL_')
}

const note = '// Made by scripts/constants.mjs from include/seerflow.h. Do not edit: npm run constants\n'
const js = note + "'use strict'\n" + Object.entries(tables).map(([name, list]) =>
  `\nexports.${name} = Object.freeze({\n${list.map(([key, number]) => `  ${key}: ${number}`).join(',\n')}\n})\n`).join('')
const types = note + Object.entries(tables).map(([name, list]) =>
  `\nexport declare const ${name}: Readonly<{\n${list.map(([key, number]) => `  ${key}: ${number}`).join('\n')}\n}>\n`).join('')

let drifted = false
for (const [path, text] of [['../lib/constants.js', js], ['../lib/constants.d.ts', types]]) {
  if (!process.argv.includes('--check')) {
    writeFileSync(here(path), text)
  } else if (readFileSync(here(path), 'utf8') !== text) {
    console.error(`${path.slice(3)} differs from the header: run npm run constants`)
    drifted = true
  }
}
process.exitCode = drifted ? 1 : 0
