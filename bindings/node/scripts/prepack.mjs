// Copies files from the root of the repository into the package. Run by npm pack.
import { copyFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'CHANGELOG.md']) copyFileSync(here(`../../../${name}`), here(`../${name}`))
