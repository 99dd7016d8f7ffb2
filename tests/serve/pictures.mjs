// Makes the pictures of docs/serve.md, or with a folder a picture of each view, at each width, light and dark:
//
//     SEERFLOW=target/release/seerflow node pictures.mjs [FOLDER]
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { browser as launch, cleanUp, filled, folder, run, serve } from './server.mjs'

const [into] = process.argv.slice(2)
const file = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Returns a store with the events of measure.mjs, fewer of them. */
function sample () {
  const [db, events] = [join(folder(), 'events.db'), join(folder(), 'events.ndjson')]
  writeFileSync(events, execFileSync(process.execPath, [file('events.mjs'), '30000'], { maxBuffer: 1e9 }))
  run(db, 'ingest', events)
  return db
}

const views = { search: 'q=failed+source%3Asshd+-user%3Aroot', entity: 'entity=ip%3A203.0.113.66', alerts: 'view=alerts', health: 'view=health' }
const pictures = into
  ? Object.entries(views).flatMap(([name, hash]) => [360, 1280, 1920].flatMap((width) => ['light', 'dark'].map((scheme) => [join(into, `${name}-${width}-${scheme}.png`), width, scheme, hash])))
  : [['search', 1280, 'dark', views.search], ['entity', 1920, 'light', 'entity=ip%3A203.0.113.215'], ['phone', 360, 'light', 'q=failed+-user%3Aroot']].map(([name, ...rest]) => [file(`../../docs/serve-${name}.png`), ...rest])

const server = await serve(into ? filled() : sample())
const browser = await launch()
for (const [path, width, colorScheme, hash] of pictures) {
  const page = await browser.newPage()
  await page.emulateMedia({ colorScheme })
  await page.setViewportSize({ width, height: width < 700 ? 740 : width * 5 / 8 })
  await page.goto(`${server.address}#${hash}`)
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]') && document.querySelector('main section:not([hidden]) li'))
  if (width > 700 && hash.startsWith('q=')) await page.locator('#events .head').nth(1).click()
  await page.waitForTimeout(300)
  await page.screenshot({ path })
  await page.close()
}
await browser.close()
await server.stop()
cleanUp()
