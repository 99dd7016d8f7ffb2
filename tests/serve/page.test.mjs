// The page, in a real Chromium.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ALERT, BEGIN, EVIL, HOUR, browser as launch, cleanUp, filled, folder, ingest, run, serve, skip } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let db, server, browser
const troubles = []

before(async () => {
  db = filled()
  server = await serve(db, '--allow-verdicts')
  if (!skip) browser = await launch()
})
after(async () => {
  await browser?.close()
  await server.stop()
  cleanUp()
})

/** Opens the page with a state. */
async function visit (t, hash = '', at = server.address) {
  const page = await browser.newPage()
  t.after(() => page.close())
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (message) => { if (message.type() === 'error') troubles.push(message.text()) })
  page.on('dialog', (dialog) => { troubles.push(dialog.message()); dialog.dismiss() })
  await page.goto(at + hash)
  await settled(page)
  return page
}

/** Waits until the search has its answer. */
const settled = (page) => page.waitForFunction(() => !document.querySelector('[aria-busy=true]') && (document.querySelector('#search').hidden ? document.querySelector('#alerts li, #health li') : !/Loading/.test(document.querySelector('#count').textContent) && document.querySelector('#events li')))
const number = async (page, selector = '#count') => Number((await page.textContent(selector)).replace(/\D/g, ''))
const wait = (page, check, value) => page.waitForFunction(check, value, { timeout: 10_000 })
const sum = (page) => page.evaluate(() => [...document.querySelectorAll('#chart .bar[aria-label]')].reduce((sum, bar) => sum + Number(bar.getAttribute('aria-label').match(/: ([\d,]+) event/)[1].replaceAll(',', '')), 0))
const stored = (...filters) => run(db, 'query', 'events', '--format', 'ndjson', '-n', '100000', ...filters).split('\n').length - 1

test('words, phrases and filters are searched, and filters become chips', { skip }, async (t) => {
  const page = await visit(t)
  assert.match(await page.textContent('#store'), /^1,\d\d\d events/)
  await page.keyboard.press('/')
  await page.keyboard.type('"failed password" for source:sshd -user:root')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#chips .not')
  await settled(page)
  assert.deepEqual(await page.locator('#chips .chip > span').allTextContents(), ['source sshd', 'user root'])
  assert.equal(await page.inputValue('#words'), '"failed password" for')
  const messages = await page.locator('#events .message').allTextContents()
  assert.ok(messages.length > 0 && messages.every((text) => /failed password/i.test(text) && !text.includes('root ')))
  // The sign of a chip turns it round; × removes it.
  const excluded = await number(page)
  await page.click('#chips .not button')
  await wait(page, () => !document.querySelector('#chips .not'))
  await settled(page)
  const required = await number(page)
  await page.click('[aria-label="Remove user root"]')
  await wait(page, () => document.querySelectorAll('#chips .chip').length === 1)
  await wait(page, (all) => Number(document.querySelector('#count').textContent.replace(/\D/g, '')) === all, excluded + required)
  // The address bar holds the state.
  const again = await visit(t, new URL(page.url()).hash)
  assert.equal(await number(again), excluded + required)
  await page.goBack()
  await page.waitForSelector('[aria-label="Remove user root"]')
})

test('matches are highlighted in every inflection', { skip }, async (t) => {
  const page = await visit(t, '#q=fail+passwords')
  const marked = new Set(await page.locator('#events mark').allTextContents())
  assert.deepEqual([...marked].map((word) => word.toLowerCase()).sort(), ['failed', 'password'])
})

test('the histogram counts the result of every search', { skip }, async (t) => {
  for (const [q, ...filters] of [[''], ['severity:warning', '--severity', '3'], ['source:evil', '--source', 'evil'], ['failed', '--text', 'failed'], ['failed source:sshd', '--text', 'failed', '--source', 'sshd'], ['user:root', '--entity', 'user:root']]) {
    const page = await visit(t, `#q=${encodeURIComponent(q)}`)
    assert.equal(await number(page), stored(...filters), q)
    assert.equal(await sum(page), stored(...filters), q)
    await page.close()
  }
  const page = await visit(t, `#q=${encodeURIComponent('-source:sshd')}`)
  assert.equal(await sum(page), stored() - stored('--source', 'sshd'))
  assert.ok((await page.locator('.scale span').allTextContents()).length >= 1)
})

test('a histogram of many matches says from when on it is exact, and can count all', { skip }, async (t) => {
  const many = join(folder(), 'many.db')
  ingest(many, Array.from({ length: 30_000 }, (_, i) => ({ message: `request ${i}`, timestamp_ns: String(BEGIN + BigInt(i) * 1_000_000_000n), source_type: 'web' })))
  const other = await serve(many)
  t.after(() => other.stop())
  const page = await visit(t, '#q=request', other.address)
  assert.match(await page.textContent('#count'), /^20,000\+ events$/)
  assert.match(await page.textContent('#bound'), /^Counted from 2026-03-14/)
  assert.equal(await page.locator('#chart .unknown').count(), 1)
  await page.click('#bound button')
  await wait(page, () => document.querySelector('#count').textContent === '30,000 events')
  assert.equal(await sum(page), 30_000)
  // All of them can be reached.
  const seen = new Set()
  for (let pages = 0; pages < 4; pages++) {
    await page.click('#more')
    await wait(page, (rows) => document.querySelectorAll('#events .event').length === rows, 100 + 200 * (pages + 1))
  }
  for (const text of await page.locator('#events .message').allTextContents()) seen.add(text)
  assert.equal(seen.size, 900)
  assert.ok(seen.has('request 29999') && seen.has('request 29100'))
})

test('bars of the histogram are selected by mouse and keyboard', { skip }, async (t) => {
  const page = await visit(t, `#range=picked&from=${BEGIN}&to=${BEGIN + 41n * HOUR}`)
  const bars = page.locator('#chart .bar[tabindex]')
  assert.equal(await page.locator('#chart .bar[tabindex="0"]').count(), 1)
  const before = await page.textContent('#count')
  const [first, last] = [await bars.nth(2).boundingBox(), await bars.nth(5).boundingBox()]
  await page.mouse.move(first.x + 2, first.y + 20)
  await page.mouse.down()
  await page.mouse.move(last.x + 2, last.y + 20)
  await page.mouse.up()
  await wait(page, (text) => document.querySelector('#count').textContent !== text, before)
  const some = await number(page)
  // The chart is one tab stop; the focus starts at the last bar, and arrows move it.
  const label = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'))
  await page.focus('#chips .chip button')
  await page.keyboard.press('Tab')
  assert.equal(await label(), await bars.last().getAttribute('aria-label'))
  await page.keyboard.press('ArrowLeft')
  assert.equal(await label(), await bars.nth(await bars.count() - 2).getAttribute('aria-label'))
  await page.keyboard.press('Shift+ArrowRight')
  assert.equal(await page.locator('#chart .marked[tabindex]').count(), 2)
  await page.keyboard.press('Home')
  assert.equal(await label(), await bars.first().getAttribute('aria-label'))
  assert.equal(await page.locator('#chart .marked').count(), 0)
  await page.keyboard.press('Enter')
  await wait(page, (number) => Number(document.querySelector('#count').textContent.replace(/\D/g, '')) < number, some)
  await page.goBack()
  await page.goBack()
  await wait(page, (text) => document.querySelector('#count').textContent === text, before)
  await page.click('[aria-label="Remove the time"]')
  await page.waitForSelector('#chips .chip', { state: 'detached' })
})

test('facets have counts, and restrict or exclude', { skip }, async (t) => {
  const page = await visit(t)
  const counts = await page.locator('#facets details').first().locator('.number').allTextContents()
  assert.equal(counts.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0), await number(page))
  await page.click('#facets [aria-label="Only source evil"]')
  await wait(page, () => document.querySelector('#count').textContent === '1 event')
  await page.click('[aria-label="Exclude source evil"]')
  await wait(page, (all) => document.querySelector('#count').textContent.replace(/\D/g, '') === String(all), stored() - 1)
})

test('a row shows every field and the JSON, as text even if it contains HTML', { skip }, async (t) => {
  const page = await visit(t, '#q=source%3Aevil')
  assert.equal(await page.textContent('#events .message'), EVIL)
  await page.click('#events .head')
  await page.waitForSelector('.details dl')
  assert.equal(await page.textContent('.details .whole'), EVIL)
  assert.equal(await page.textContent('.details .named'), `user ${EVIL}`)
  const fields = await page.locator('.details dt').allTextContents()
  for (const field of ['event_id', 'timestamp_ns', 'source_type', 'severity_id', 'related_users', 'count', EVIL]) assert.ok(fields.includes(field), `${field} in ${fields}`)
  await page.click('.details summary')
  assert.equal(JSON.parse(await page.textContent('.details details pre')).message, EVIL)
  // The value has spaces, quotes and a backslash when it is a filter.
  await page.click('.details .chip [aria-label^="Only user"]')
  await page.waitForSelector('#chips .chip:nth-child(2)')
  await settled(page)
  assert.equal(await page.textContent('#events .message'), EVIL)
  await page.click('#events .head')
  await page.click('.details .named')
  await page.waitForSelector('#entity h3')
  assert.equal(await page.textContent('#entity h3'), `user ${EVIL}`)
  assert.equal(await page.locator('main img, main script').count(), 0)
  assert.match(await page.title(), /^Search – Seerflow$/)
})

test('control characters and changes of direction are marks', { skip }, async (t) => {
  const page = await visit(t, '#q=source%3Aacting')
  assert.equal(await page.textContent('#events .message'), 'opened \\u{202e}gpj.exe\\u{7}\\nnext line')
  assert.deepEqual(await page.locator('#events .acting').allTextContents(), ['\\u{202e}', '\\u{7}', '\\n'])
  await page.click('#events .head')
  await page.waitForSelector('.details dl')
  assert.equal(await page.evaluate(() => /[\u202e\u0007]/.test(document.documentElement.outerHTML)), false)
})

test('the live tail shows new events, and holds them back while it is paused', { skip }, async (t) => {
  const page = await visit(t, '#q=severity%3Awarning')
  await page.keyboard.press('l')
  await page.waitForSelector('#live.on')
  await page.waitForTimeout(1500)
  ingest(db, [{ message: 'too mild', severity_id: 1 }, { message: 'just now', severity_id: 4, source_type: 'live' }])
  await page.waitForSelector('#events .fresh')
  assert.deepEqual(await page.locator('.fresh .message').allTextContents(), ['just now'])
  await page.keyboard.press('l')
  await wait(page, () => /^Resume/.test(document.querySelector('#live').textContent))
  ingest(db, [{ message: 'while paused', severity_id: 4, source_type: 'live' }])
  await wait(page, () => document.querySelector('#live').textContent === 'Resume (1)')
  assert.equal(await page.locator('.fresh').count(), 1)
  await page.keyboard.press('l')
  await wait(page, () => document.querySelectorAll('.fresh').length === 2)
  assert.equal(await page.textContent('#events .message'), 'while paused')
  await page.click('[aria-label="End the live tail"]')
  await wait(page, () => document.querySelector('#live').textContent === 'Live')
})

test('times are in UTC or in local time', { skip }, async (t) => {
  const page = await visit(t, '#q=source%3Aevil')
  assert.equal(await page.textContent('#events time'), '2026-03-15 20:00:00.000')
  assert.match(await page.textContent('#events .titles'), /UTC/)
  const client = await page.context().newCDPSession(page)
  await client.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Tokyo' })
  await page.click('#zone')
  await wait(page, () => document.querySelector('#events time').textContent === '2026-03-16 05:00:00.000')
  assert.equal(await page.textContent('#zone'), 'Asia/Tokyo')
  assert.ok(page.url().includes('zone=local'))
})

test('the export link has the search', { skip }, async (t) => {
  const page = await visit(t, '#q=source%3Aevil')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#ndjson')])
  assert.equal(JSON.parse(readFileSync(await download.path(), 'utf8')).message, EVIL)
})

test('an entity has its events, its surroundings, paths and alerts', { skip }, async (t) => {
  const page = await visit(t, '#entity=ip%3A203.0.113.66')
  await page.waitForSelector('.graph')
  assert.equal(await page.textContent('#entity h3'), 'ip 203.0.113.66')
  // All of its events, by pages.
  assert.equal(await number(page), stored('--entity', 'ip:203.0.113.66'))
  const nodes = () => page.locator('.graph .node').count()
  const before = await nodes()
  assert.ok(before > 5 && before <= 36)
  assert.ok((await page.locator('.related li').allTextContents()).some((text) => /authenticated_from/.test(text)))
  // Labels do not overlap.
  const boxes = await page.locator('.graph text').evaluateAll((texts) => texts.map((text) => text.getBoundingClientRect().toJSON()))
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1)) assert.ok(a.right < b.left || b.right < a.left || a.bottom < b.top + 6 || b.bottom < a.top + 6, JSON.stringify([a, b]))
  }
  await page.locator('.types label.user input').click()
  await wait(page, () => document.querySelectorAll('.graph .node.user').length === 0)
  assert.ok(page.url().includes('without=user'))
  await page.locator('.types label.user input').click()
  await page.waitForSelector('.graph .node.user')
  await page.fill('.to input', 'host:web2')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.path li')
  assert.match((await page.locator('.path li').allTextContents()).join(' '), /203\.0\.113\.66.*has_ip.*web2/)
  await page.fill('.to input', 'host:nowhere')
  await page.keyboard.press('Enter')
  await wait(page, () => /no path/.test(document.querySelector('.path').textContent))
  await page.evaluate(() => document.querySelector('.graph').classList.add('old'))
  await page.selectOption('#entity select', '2')
  await page.waitForSelector('.graph:not(.old)')
  assert.ok(page.url().includes('depth=2'))
  await page.locator('.graph .node.user[tabindex]').first().focus()
  await page.keyboard.press('Enter')
  await wait(page, () => document.querySelector('#entity h3')?.textContent.startsWith('user'))
  await page.goBack()
  await wait(page, () => document.querySelector('#entity h3')?.textContent.startsWith('ip'))
  await page.click('#entity a')
  await page.waitForSelector('#alerts .event')
  assert.equal(await page.locator('#alerts .event').count(), 1)
  await page.goto(`${server.address}#entity=${encodeURIComponent('user:nobody-knows')}`)
  await wait(page, () => /storage\.infer_edges/.test(document.querySelector('#entity').textContent))
})

test('alerts have counts, techniques, contributing events and verdicts', { skip }, async (t) => {
  const page = await visit(t, '#view=alerts')
  await page.waitForSelector('#alerts .event')
  assert.match(await page.textContent('#alerts .caption'), /2 alerts/)
  assert.match(await page.textContent('#alerts .list'), /×7/)
  await page.fill('[aria-label="MITRE technique"]', 'T1110')
  await page.keyboard.press('Tab')
  await wait(page, () => document.querySelectorAll('#alerts .event').length === 1)
  await page.click('#alerts .head')
  await page.waitForSelector('#alerts .details .event')
  assert.match(await page.textContent('#alerts .details dl'), /credential-access.*T1110\.001/)
  assert.equal(await page.locator('#alerts .details .event').count(), 2)
  await page.fill('[aria-label="Reason"]', 'our scanner')
  await page.click('text=False positive')
  await wait(page, () => /false positive, by dashboard.*our scanner/.test(document.querySelector('#alerts .details').textContent))
  assert.equal(await page.textContent('#alerts .verdict'), 'false positive')
  assert.equal(JSON.parse(run(db, 'alerts', 'show', ALERT, '--json')).feedback, 'fp')
  await page.selectOption('[aria-label="Least severity"]', '5')
  await wait(page, () => /No alert matches/.test(document.querySelector('#alerts').textContent))
  await page.click('text=Show all alerts')
  await wait(page, () => document.querySelectorAll('#alerts .event').length === 2)
  // Without the option there are no buttons.
  const other = await serve(db)
  t.after(() => other.stop())
  const second = await visit(t, '#view=alerts', other.address)
  await second.click('#alerts .head')
  await second.waitForSelector('text=seerflow serve --allow-verdicts')
  assert.equal(await second.locator('.give').count(), 0)
})

test('health shows rates, lag and dead letters with their reasons', { skip }, async (t) => {
  const page = await visit(t, '#view=health')
  await page.waitForSelector('.letter')
  await page.waitForSelector('.tiles div')
  const tiles = Object.fromEntries(await page.locator('.tiles div').evaluateAll((tiles) => tiles.map((tile) => [...tile.children].map((child) => child.textContent))))
  assert.equal(tiles.State, 'ok')
  assert.equal(tiles['Dead letters'], '1')
  assert.match(await page.textContent('.letter'), /line 1|expected|invalid/i)
  assert.equal(await page.textContent('.letter pre'), '{"message": broken}')
  await wait(page, () => /0 events\/s/.test(document.querySelector('.tiles').textContent))
  ingest(db, Array.from({ length: 500 }, () => ({ message: 'rate' })))
  await wait(page, () => !/measuring|\D0 events\/s/.test(document.querySelector('.tiles').textContent))
})

test('the keyboard alone is enough', { skip }, async (t) => {
  const page = await visit(t, '#q=failed')
  const url = page.url()
  await page.focus('#skip')
  await page.keyboard.press('Enter')
  assert.equal(page.url(), url)
  assert.equal(await page.evaluate(() => document.activeElement.id), 'events')
  for (const key of ['j', 'j', 'k', 'Enter']) await page.keyboard.press(key)
  await page.waitForSelector('.details dl')
  assert.equal(await page.locator('#events .head').first().getAttribute('aria-expanded'), 'true')
  for (let i = 0; i < 30; i++) {
    if (await page.evaluate(() => document.activeElement.classList.contains('named'))) break
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await page.waitForSelector('#entity h3')
  await page.keyboard.press('Escape')
  await page.waitForSelector('#entity', { state: 'hidden' })
})

test('an empty result, an empty store and a stopped server say what to do', { skip }, async (t) => {
  const page = await visit(t, '#q=nothinglikethis')
  assert.match(await page.textContent('.empty'), /No event matches all filters/)
  await page.click('.empty button')
  await page.waitForSelector('#events .event')
  await page.goto(`${server.address}#q=severity%3Aloud`)
  await page.waitForSelector('#problem:not([hidden])')
  assert.match(await page.textContent('#problem'), /severity:loud: expected/)
  troubles.splice(0)
  const empty = join(folder(), 'empty.db')
  run(empty, 'init')
  const other = await serve(empty)
  const second = await visit(t, '', other.address)
  assert.match(await second.textContent('.empty'), /store is empty.*seerflow ingest/)
  await other.stop()
  await second.click('#search .primary')
  await second.waitForSelector('#problem:not([hidden])')
  assert.match(await second.textContent('#problem'), /does not respond.*seerflow serve/)
  // The browser itself logs the failed connection.
  troubles.splice(0)
})

test('an address with invalid values shows events nevertheless', { skip }, async (t) => {
  for (const hash of ['#range=nonsense', '#range=picked', '#range=picked&from=x&to=1', '#range=picked&from=5&to=1', '#live=x', '#view=x', '#depth=9']) {
    const page = await visit(t, hash)
    assert.equal(await page.isVisible('#problem'), false, hash)
    assert.match(await page.textContent('#count'), /^1,\d\d\d events$/, hash)
    await page.close()
  }
})

test('every view is accessible and fits each width, light and dark', { skip }, async (t) => {
  for (const hash of ['', '#q=failed+-user%3Aroot', '#entity=ip%3A203.0.113.66&path=host%3Aweb2', '#view=alerts', '#view=health', '#q=nothinglikethis']) {
    for (const [colorScheme, width] of [['light', 360], ['dark', 1280], ['light', 1920]]) {
      const page = await browser.newPage()
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      await page.goto(server.address + hash)
      await settled(page)
      await page.waitForTimeout(200)
      const head = page.locator('section:not([hidden]) .head').first()
      if (await head.count()) {
        await head.click()
        await page.waitForSelector('.details dl')
      }
      const { overflow, height } = await page.evaluate(() => ({ overflow: document.documentElement.scrollWidth - innerWidth, height: document.documentElement.scrollHeight }))
      assert.ok(overflow <= 0, `${hash} is ${overflow} px too wide at ${width}`)
      assert.ok(height < 7000, `${hash} is ${height} px high at ${width}`)
      await page.addScriptTag({ content: axe }).catch(() => page.evaluate(axe))
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html, nodes[0].failureSummary]), [], `${hash} ${colorScheme} ${width}`)
      await page.close()
    }
  }
})

test('no page had an error or violated its security policy', { skip }, () => assert.deepEqual(troubles, []))
