// Measures the page on stores: first paint, and the time from an action until the rows, and until everything, is shown.
//
//     SEERFLOW=target/release/seerflow node measure.mjs storage.sqlite_path=million.db -- storage.backend=postgresql storage.postgresql_url=...
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { browser as launch, cleanUp, program } from './server.mjs'

const ROUNDS = 7
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
const stores = process.argv.slice(2).join(' ').split(' -- ').map((options) => options.split(' ').flatMap((option) => ['--set', option]))

/** Counts the requests in flight. */
function watch () {
  window.flying = 0
  const real = window.fetch
  window.fetch = (...args) => {
    window.flying++
    return real(...args).then((response) => {
      const json = response.json.bind(response)
      response.json = () => json().finally(() => setTimeout(() => { window.flying-- }))
      return response
    }, (error) => { window.flying--; throw error })
  }
}

/** Does something, and returns the milliseconds until the rows are there and until nothing is awaited. */
const timed = (page, action, argument) => page.evaluate(async ([action, argument]) => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  const list = document.querySelector('#events')
  const start = performance.now()
  if (action === 'hash') location.hash = argument
  else document.querySelector(argument).click()
  await frame()
  while (list.getAttribute('aria-busy')) await frame()
  const rows = performance.now() - start
  while (window.flying) await frame()
  await frame()
  return [rows, performance.now() - start]
}, [action, argument])

const results = new Map()
for (const [column, options] of stores.entries()) {
  const child = spawn(program, ['--quiet', ...options, 'serve', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  const address = line.trim()
  const browser = await launch()
  const note = (name, numbers) => results.set(name, { ...results.get(name), [column]: numbers.map((number) => Math.round(number)) })
  const visit = async (hash = '') => {
    const page = await browser.newPage()
    await page.addInitScript(watch)
    await page.goto(address + hash)
    await page.waitForFunction(() => document.querySelector('#events .event') && !window.flying)
    return page
  }
  const paints = []
  for (let i = 0; i < ROUNDS; i++) {
    const page = await browser.newPage()
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (document.querySelector('#events .event')) { requestAnimationFrame(() => { window.rows = performance.now() }); observer.disconnect() }
      }).observe(document, { subtree: true, childList: true })
    })
    await page.goto(address)
    await page.waitForFunction(() => window.rows)
    paints.push(await page.evaluate(() => [performance.getEntriesByName('first-contentful-paint')[0].startTime, window.rows]))
    await page.close()
  }
  note('first paint, then rows', [median(paints.map(([paint]) => paint)), median(paints.map(([, rows]) => rows))])
  const page = await visit()
  const day = 86_400_000_000_000n
  const [from, to] = await page.evaluate(async () => { const { oldest, newest } = await (await fetch('/api/store')).json(); return [oldest, newest] })
  const middle = (BigInt(from) + BigInt(to)) / 2n
  const searches = {
    'a frequent word': 'q=failed', 'a rare word': 'q=exit-code', 'two words': 'q=failed+admin', 'a phrase': 'q=%22accepted+publickey%22', 'a source': 'q=source%3Asshd', 'a severity': 'q=severity%3Aerror',
    'a host': 'q=host%3Aweb-3', 'a user': 'q=user%3Aalice', 'word and user': 'q=failed+user%3Aroot', 'a word without a user': 'q=failed+-user%3Aroot', 'without a source': 'q=-source%3Asshd', 'no filter': '',
    'a day': `range=picked&from=${middle}&to=${middle + day}`, 'an hour': `range=picked&from=${middle}&to=${middle + day / 24n}`, 'a word in a day': `q=failed&range=picked&from=${middle}&to=${middle + day}`,
    'an entity with its graph': 'entity=ip%3A203.0.113.7', 'a path': 'entity=ip%3A203.0.113.7&path=host%3Adb-2', 'the alerts': 'view=alerts', 'the health': 'view=health'
  }
  const actions = { 'older events': '#more', 'details of a row': '#events .head', 'the other time zone': '#zone' }
  for (const [name, hash] of Object.entries(searches)) {
    const times = []
    for (let i = 0; i < ROUNDS; i++) {
      await timed(page, 'hash', i % 2 ? 'q=source%3Anginx' : 'q=source%3Acron')
      times.push(await timed(page, 'hash', hash))
    }
    note(name, [median(times.map(([rows]) => rows)), median(times.map(([, all]) => all))])
  }
  await timed(page, 'hash', 'q=failed')
  for (const [name, selector] of Object.entries(actions)) {
    const times = []
    for (let i = 0; i < ROUNDS; i++) times.push(await timed(page, 'click', selector))
    note(name, [median(times.map(([rows]) => rows)), median(times.map(([, all]) => all))])
  }
  await browser.close()
  child.kill('SIGINT')
}
console.log('| |' + stores.map((_, i) => ` rows ${i + 1} | all ${i + 1} |`).join(''))
for (const [name, columns] of results) console.log(`| ${name} |${stores.map((_, i) => ` ${columns[i]?.[0]} | ${columns[i]?.[1]} |`).join('')}`)
for (const [i] of stores.entries()) {
  const interactions = [...results].filter(([name]) => !name.startsWith('first')).map(([, columns]) => columns[i])
  console.log(`store ${i + 1}: median of the interactions ${median(interactions.map(([rows]) => rows))} ms to the rows, ${median(interactions.map(([, all]) => all))} ms to everything; longest ${Math.max(...interactions.map(([, all]) => all))} ms`)
}
cleanUp()
