// The explorer, over HTTP and in a real Chromium.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

import { serve } from '../examples/explorer/server.mjs'
import { open } from '../lib/index.mjs'

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path))
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const logs = new URL('../../c/examples/logs/', import.meta.url)
const EVIL = '<img src=x onerror="document.title=\'broken\'"><script>document.title="broken"</script>'
const HOUR = 3_600_000_000_000n
const BEGIN = 1773460800000000000n

let home, store, server, address, port, token, browser
const troubles = []

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'seerflow-node-'))
  store = await open({ path: join(home, 'events.db') })
  await store.write(readFileSync(new URL('sshd.log', logs)), { format: 'lines' })
  await store.write({ message: EVIL, timestamp_ns: BEGIN + 40n * HOUR, source_type: 'evil', source_id: EVIL, severity_id: 5, related_users: [EVIL], attributes: { [EVIL]: EVIL } }, { durable: true })
  ;({ server, address } = await serve(store, 0))
  port = server.address().port
  token = new URL(address).searchParams.get('token')
  if (!executablePath) return
  browser = await chromium.launchPersistentContext(join(home, 'profile'), { executablePath, args, viewport: { width: 1400, height: 950 } })
})
after(async () => {
  await browser?.close()
  server.closeAllConnections()
  server.close()
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

const skip = executablePath || process.env.CI === 'true' ? false : 'Chromium is not installed (tests/setup.sh installs it)'

/** Opens a page at an address with `#`-parameters. */
async function visit (t, hash = '', at = address) {
  const page = await browser.newPage()
  t.after(() => page.close())
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (message) => { if (message.type() === 'error') troubles.push(message.text()) })
  page.on('dialog', (dialog) => { troubles.push(dialog.message()); dialog.dismiss() })
  await page.goto(at + hash)
  await page.waitForFunction(() => document.querySelector('#events li'))
  return page
}

/** A request with the token and with headers that a page in a browser cannot set. */
function raw (path, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, cookie: `seerflow-${port}=${token}`, ...headers } }, (response) => {
      let body = ''
      response.on('data', (chunk) => { body += chunk }).on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    asking.on('error', reject).end()
  })
}

test('only the page itself may send requests', async () => {
  assert.equal(server.address().address, '127.0.0.1')
  for (const host of ['localhost', 'LocalHost', '[::1]']) assert.equal((await raw('/api/overview', { host: `${host}:${port}` })).status, 200, host)
  // DNS rebinding: a name of the attacker that resolves to this machine.
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.evil.example:${port}`]) assert.equal((await raw('/api/events', { host })).status, 403, host)
  for (const site of ['cross-site', 'same-site']) assert.equal((await raw('/api/events', { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' })).status, 403)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) assert.equal((await raw('/api/events', { origin: 'http://evil.example' }, method)).status, 405)
  const { headers } = await raw('/', { origin: 'http://evil.example' })
  assert.equal(Object.keys(headers).some((name) => name.startsWith('access-control-')), false)
  assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
})

test('only clients with the token are served', async () => {
  for (const cookie of ['', `seerflow-${port}=`, `seerflow-${port}=x`, `seerflow-${port + 1}=${token}`]) {
    for (const path of ['/', '/app.js', '/api/events', '/api/tail', '/?token=', '/api/events?token=x']) {
      const { status, body } = await raw(path, { cookie })
      assert.equal(status, 403, path)
      assert.match(JSON.parse(body).message, /address that the explorer printed/)
    }
  }
  assert.ok(token.length >= 32)
  assert.equal((await raw(`/api/overview?token=${token}`, { cookie: '' })).status, 200)
  const { status, headers } = await raw(`/?token=${token}`, { cookie: '' })
  assert.deepEqual([status, headers.location], [303, '/'])
  assert.deepEqual(headers['set-cookie'], [`seerflow-${port}=${token}; Path=/; HttpOnly; SameSite=Strict`])
})

test('the program prints the address, and does not create a missing database', async (t) => {
  const program = fileURLToPath(new URL('../examples/explorer/server.mjs', import.meta.url))
  const missing = join(home, 'evnets.db')
  const refused = spawnSync(process.execPath, [program, missing], { encoding: 'utf8' })
  assert.deepEqual([refused.status, refused.stderr], [1, `there is no file ${missing}\n`])
  assert.equal(existsSync(missing), false)
  const running = spawn(process.execPath, [program, join(home, 'events.db'), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => running.kill('SIGINT'))
  const [line] = await once(running.stdout.setEncoding('utf8'), 'data')
  const response = await fetch(line.trim(), { redirect: 'manual' })
  assert.equal(response.status, 303)
})

test('unknown pages and invalid queries are refused with a reason', async () => {
  for (const path of ['//', '//x', 'http://x/', '/server.mjs', '/../server.mjs', '/page/index.html', '/api/', '/toString', '/__proto__']) assert.equal((await raw(path)).status, 404, path)
  for (const [path, status] of [['/api/events?from=yesterday', 400], ['/api/events?severity=x', 400], ['/api/events?cursor=x', 400], ['/api/entity?type=ip&value=x', 404], ['/api/entity?type=x&value=x', 400], ['/api/entity?id=x', 400], ['/api/histogram?bucket=x', 400]]) {
    const { status: got, body } = await raw(path)
    assert.equal(got, status, path + body)
    assert.ok(JSON.parse(body).message.length > 0)
  }
})

test('events are searched, and their details are shown as text, even if they contain HTML', { skip }, async (t) => {
  const page = await visit(t)
  assert.match(await page.textContent('#overview'), /^1,\d\d\d events/)
  await page.keyboard.press('/')
  await page.keyboard.type('failed password root')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => /^\d+ events$/.test(document.querySelector('#count').textContent))
  assert.ok((await page.locator('#events .message').allTextContents()).every((text) => /password/i.test(text) && text.includes('root')))
  assert.ok(page.url().includes('text=failed+password+root'))
  await page.goBack()
  await page.selectOption('#source', 'evil')
  await page.waitForFunction(() => document.querySelector('#count').textContent === '1 event')
  assert.equal(await page.textContent('#events .message'), EVIL)
  await page.click('#events .head')
  assert.equal(await page.textContent('.details .chip'), `user${EVIL}`)
  await page.click('.details .chip')
  await page.waitForSelector('#entity h2')
  assert.equal(await page.textContent('#entity h2'), `user${EVIL}`)
  assert.equal(await page.locator('main img, main script').count(), 0)
  assert.equal(await page.title(), 'Seerflow explorer')
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
  await page.waitForFunction((text) => document.querySelector('#count').textContent !== text, before)
  const some = Number((await page.textContent('#count')).replace(/\D/g, ''))
  // The chart is one tab stop; the focus starts at the last bar, and arrows move it.
  await page.focus('#picked .chip')
  await page.keyboard.press('Tab')
  const label = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'))
  assert.equal(await label(), await bars.last().getAttribute('aria-label'))
  await page.keyboard.press('ArrowLeft')
  assert.equal(await label(), await bars.nth(await bars.count() - 2).getAttribute('aria-label'))
  await page.keyboard.press('Shift+ArrowRight')
  assert.equal(await page.locator('#chart .marked[tabindex]').count(), 2)
  await page.keyboard.press('Home')
  assert.equal(await label(), await bars.first().getAttribute('aria-label'))
  assert.equal(await page.locator('#chart .marked').count(), 0)
  await page.keyboard.press('Enter')
  await page.waitForFunction((number) => Number(document.querySelector('#count').textContent.replace(/\D/g, '')) < number, some)
  await page.goBack()
  await page.goBack()
  await page.waitForFunction((text) => document.querySelector('#count').textContent === text, before)
  await page.click('#picked .chip')
  await page.waitForSelector('#picked .chip', { state: 'detached' })
})

test('the histogram applies every filter', { skip }, async (t) => {
  const page = await visit(t)
  const sum = () => page.evaluate(() => [...document.querySelectorAll('#chart .bar')].reduce((sum, bar) => sum + Number(bar.getAttribute('aria-label').match(/: ([\d,]+) events/)[1].replaceAll(',', '')), 0))
  const count = async (hash) => {
    await page.goto(`http://127.0.0.1:${port}/${hash}`)
    await page.reload()
    await page.waitForSelector('#chart svg')
    await page.waitForFunction(() => document.querySelector('#count').textContent !== 'Events')
    return [Number((await page.textContent('#count')).replace(/\D/g, '')), await sum()]
  }
  for (const hash of ['', '#severity=3', '#source=evil', '#source=sshd', '#text=failed', '#text=failed&source=sshd']) {
    const [listed, counted] = await count(hash)
    assert.ok(listed > 0)
    assert.equal(counted, listed, hash)
  }
})

test('an address with invalid values shows events nevertheless', { skip }, async (t) => {
  for (const hash of ['#range=nonsense', '#range=picked', '#range=picked&from=x&to=1', '#range=picked&from=5&to=1', '#severity=x', '#live=x']) {
    const page = await visit(t, hash)
    assert.equal(await page.isVisible('#problem'), false, hash)
    assert.match(await page.textContent('#count'), /^1,\d\d\d events$/, hash)
  }
})

test('the skip link and opening an entity do not reload the events', { skip }, async (t) => {
  const page = await visit(t, '#text=failed+password')
  const url = page.url()
  await page.focus('#skip')
  await page.keyboard.press('Enter')
  assert.equal(page.url(), url)
  assert.equal(await page.evaluate(() => document.activeElement.id), 'events')
  await page.locator('#events .head').nth(3).click()
  const opened = await page.textContent('.details .whole')
  await page.locator('.details .chip').first().click()
  await page.waitForSelector('#entity h2')
  assert.equal(await page.textContent('.details .whole'), opened)
  assert.equal(await page.locator('#events .head').nth(3).getAttribute('aria-expanded'), 'true')
  await page.keyboard.press('Escape')
  await page.waitForSelector('#entity', { state: 'hidden' })
  assert.equal(await page.textContent('.details .whole'), opened)
  assert.equal(page.url(), url)
})

test('an entity has a timeline and a picture that leads to other entities', { skip }, async (t) => {
  const page = await visit(t, '#entity=ip:203.0.113.66')
  await page.waitForSelector('.graph')
  assert.match(await page.textContent('#entity h2'), /^ip203\.0\.113\.66$/)
  const nodes = await page.locator('.graph .node').count()
  assert.ok(nodes > 5 && nodes <= 25)
  const times = await page.locator('.timeline time').allTextContents()
  assert.ok(times.length > 20)
  await page.locator('.graph .node.user[tabindex]').first().focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('#entity h2')?.textContent.startsWith('user'))
  await page.keyboard.press('Escape')
  await page.waitForSelector('#entity', { state: 'hidden' })
  // Labels do not overlap.
  await page.goBack()
  await page.waitForSelector('.graph')
  const boxes = await page.locator('.graph text').evaluateAll((texts) => texts.map((text) => text.getBoundingClientRect().toJSON()))
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1)) assert.ok(a.right < b.left || b.right < a.left || a.bottom < b.top + 3 || b.bottom < a.top + 3, JSON.stringify([a, b]))
  }
})

test('events arrive while the page is live, and keys move between them', { skip }, async (t) => {
  const page = await visit(t, '#severity=3')
  await page.keyboard.press('l')
  await page.waitForSelector('#live.on')
  await store.write([{ message: 'too mild' }, { message: 'just now', severity_id: 4 }], { durable: true })
  await page.waitForSelector('#events .fresh')
  assert.deepEqual(await page.locator('.fresh .message').allTextContents(), ['just now'])
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  assert.equal(await page.textContent('.details .whole'), 'just now')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  assert.equal(await page.evaluate(() => document.activeElement.querySelector('.message').textContent), 'just now')
  await page.keyboard.press('l')
  await page.waitForSelector('#live[aria-pressed="false"]')
  const before = store.stats().queries
  await new Promise((resolve) => setTimeout(resolve, 700))
  // A client that disconnects stops its tail.
  assert.ok(store.stats().queries - before <= 1)
})

test('an empty result, an empty store and an unreachable server show a message', { skip }, async (t) => {
  const page = await visit(t, '#text=nothinglikethis')
  assert.match(await page.textContent('.empty'), /No event matches/)
  await page.click('.empty button')
  await page.waitForSelector('#events .event')
  const empty = await open({ path: join(home, 'empty.db') })
  const { server: other, address: otherAddress } = await serve(empty, 0)
  const second = await visit(t, '', otherAddress)
  assert.match(await second.textContent('.empty'), /store is empty/)
  assert.equal(await second.isVisible('#histogram'), false)
  const { length } = troubles
  other.closeAllConnections()
  other.close()
  await empty.close()
  await second.click('#search button[type=submit]')
  await second.waitForSelector('#problem:not([hidden])')
  assert.match(await second.textContent('#problem'), /does not respond/)
  // The browser itself logs the failed connection.
  troubles.splice(length)
})

test('light, dark and narrow pages are readable and do not overflow', { skip }, async (t) => {
  for (const [colorScheme, width] of [['light', 1400], ['dark', 1400], ['light', 400]]) {
    const page = await visit(t, '#entity=ip:203.0.113.66')
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    await page.waitForSelector('.graph')
    const { overflow, contrast } = await page.evaluate(() => {
      const light = (color) => {
        const [r, g, b] = color.match(/[\d.]+/g).map((part) => { const c = part / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 })
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
      }
      const ground = light(getComputedStyle(document.querySelector('#events')).backgroundColor)
      const contrast = [...document.querySelectorAll('.message, .from, .severity, time')].map((element) => {
        const ink = light(getComputedStyle(element).color)
        return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05)
      })
      return { overflow: document.documentElement.scrollWidth - innerWidth, contrast: Math.min(...contrast) }
    })
    assert.ok(overflow <= 0, `${overflow} px too wide at ${width}`)
    assert.ok(contrast >= 4.5, `contrast ${contrast} in ${colorScheme}`)
    const [, first] = await page.evaluate(() => [...document.querySelectorAll('body, #theme')].map((element) => getComputedStyle(element).backgroundColor))
    await page.click('#theme')
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector('#theme')).backgroundColor), first)
    await page.evaluate(() => localStorage.clear())
  }
})

test('no page had an error or violated its security policy', { skip }, () => assert.deepEqual(troubles, []))
