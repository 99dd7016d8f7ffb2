// Copies files from the root of the repository into the package, and refuses a package without binaries. Run by npm pack.
import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'CHANGELOG.md']) copyFileSync(here(`../../../${name}`), here(`../${name}`))
copyFileSync(here('../../../docs/third-party-licences.txt'), here('../third-party-licences.txt'))

const prebuilds = here('../prebuilds')
const targets = existsSync(prebuilds) ? readdirSync(prebuilds) : []
if (targets.length === 0) fail('prebuilds/ has no binaries')
for (const target of targets) {
  const files = readdirSync(`${prebuilds}/${target}`)
  if (!files.includes('seerflow.node')) fail(`prebuilds/${target}/ has no seerflow.node`)
  if (!files.some((name) => /^libseerflow\.(so\.|\d+\.dylib)/.test(name))) fail(`prebuilds/${target}/ has no libseerflow`)
}

function fail (why) {
  console.error(`the package is incomplete: ${why}. Build the addon and install it: cmake --install build`)
  process.exit(1)
}
