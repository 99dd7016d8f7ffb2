// The page. The state of the page is in the address, so that it can be bookmarked, shared and navigated.
import { ask, byId, clockText, countText, dateOf, dayText, el, timeText } from './dom.js'
import { bucketOf, drawChart } from './chart.js'
import { drawGraph } from './graph.js'
import { chip, eventRow } from './events.js'

const SECOND = 1_000_000_000n
const ROWS = 500

let overview
let asked = new AbortController()
let askedEntity = new AbortController()
let tail

/** The values that the address may have. An edited address may have others, which are ignored. */
const STATE = { text: /^/, severity: /^[0-6]$/, source: /^/, range: /^(900|3600|86400|604800|picked)$/, from: /^\d{1,19}$/, to: /^\d{1,19}$/, entity: /^/, live: /^1$/ }

/** Returns the state in the address. */
function state () {
  const parameters = new URLSearchParams(location.hash.slice(1))
  const now = Object.fromEntries(Object.entries(STATE).map(([key, form]) => {
    const value = parameters.get(key) ?? ''
    return [key, form.test(value) ? value : '']
  }))
  if (now.range === 'picked' && !(now.from && now.to && BigInt(now.from) <= BigInt(now.to))) Object.assign(now, { range: '', from: '', to: '' })
  return now
}

/** Changes the address, and updates the page. */
function go (changes) {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries({ ...state(), ...changes })) if (value) parameters.set(key, value)
  if (parameters.toString() === location.hash.slice(1)) follow({ again: true })
  else location.hash = parameters
}

/** Returns the time window to show; it excludes its end. Because a store may be old, the window ends with the newest event. */
function windowOf ({ range, from, to }) {
  const { oldest_ns: oldest, newest_ns: newest } = overview.summary
  if (newest === undefined) return {}
  if (range === 'picked') return { from: BigInt(from), to: BigInt(to) }
  if (range) return { from: BigInt(newest) - BigInt(range) * SECOND, to: BigInt(newest) + 1n }
  return { from: BigInt(oldest), to: BigInt(newest) + 1n }
}

function filtersOf (now) {
  const { from, to } = now.range ? windowOf(now) : {}
  return { text: now.text, severity: now.severity, source: now.source, from, to }
}

async function loadOverview () {
  overview = await ask('/api/overview', {})
  const { summary, health, path, sources } = overview
  const node = byId('overview')
  node.className = health.state
  node.textContent = `${countText(summary.events)} events, ${(summary.bytes / 1e6).toFixed(1)} MB · ${path}${health.reason ? ` · ${health.reason}` : ''}`
  const select = byId('source')
  const chosen = select.value
  select.replaceChildren(el('option', { value: '' }, 'any'), ...sources.filter(({ value }) => value).map(({ value, count }) => el('option', { value }, `${value} (${countText(count)})`)))
  select.value = chosen
}

/** The part of the state that the shown events and histogram depend on; undefined if they are not shown. */
let shown

/** Shows the state of the address. Opening or closing an entity does not reload the events. */
async function follow ({ again = false } = {}) {
  const now = state()
  const { entity: _, ...filters } = now
  const wanted = JSON.stringify(filters)
  if (wanted === shown && !again) return showEntity(now)
  asked.abort()
  asked = new AbortController()
  const { signal } = asked
  shown = wanted
  byId('problem').hidden = true
  try {
    if (!overview) await loadOverview()
    for (const key of ['text', 'severity', 'source', 'range']) byId(key).value = now[key]
    byId('range').querySelector('[value=picked]').hidden = now.range !== 'picked'
    setLive(now)
    const entity = showEntity(now)
    await Promise.all([showHistogram(now, signal), showEvents(now, signal), entity])
  } catch (error) {
    if (error.name === 'AbortError') return
    shown = undefined
    fail(error)
  }
}

async function showHistogram (now, signal) {
  const section = byId('histogram')
  section.hidden = overview.summary.newest_ns === undefined
  if (section.hidden) return
  const { from, to } = windowOf(now)
  const bucket = bucketOf(from, to)
  const buckets = await ask('/api/histogram', { ...filtersOf(now), from, to, bucket }, signal)
  drawChart(buckets, { from, to, bucket, pick: (from, to) => go({ range: 'picked', from, to }) })
  byId('picked').replaceChildren(...now.range === 'picked' ? [removable(spanText({ from, to }), () => go({ range: '', from: '', to: '' }))] : [])
}

async function showEvents (now, signal) {
  const list = byId('events')
  list.setAttribute('aria-busy', 'true')
  const { events, nextCursor, total } = await ask('/api/events', filtersOf(now), signal)
  list.removeAttribute('aria-busy')
  list.replaceChildren(...events.map((event) => eventRow(event, openEntity)))
  byId('count').textContent = events.length === 0 ? 'No events' : `${countText(total)}${total >= 10_000 ? '+' : ''} event${total === 1 ? '' : 's'}`
  if (events.length === 0) list.append(emptyMessage(now))
  offerMore(nextCursor, now)
}

function emptyMessage (now) {
  const filtered = now.text || now.severity || now.source || now.range
  return el('li', { class: 'empty' }, el('p', {}, filtered ? 'No event matches all filters.' : 'The store is empty. Turn on Live to see the first events arrive.'),
    filtered ? el('button', { type: 'button', onclick: () => go({ text: '', severity: '', source: '', range: '', from: '', to: '' }) }, 'Clear all filters') : undefined)
}

function offerMore (cursor, now) {
  const more = byId('more')
  more.hidden = cursor === undefined
  more.onclick = async () => {
    more.disabled = true
    try {
      const { events, nextCursor } = await ask('/api/events', { ...filtersOf(now), cursor }, asked.signal)
      const rows = events.map((event) => eventRow(event, openEntity))
      byId('events').append(...rows)
      rows[0]?.querySelector('.head').focus()
      offerMore(nextCursor, now)
    } catch (error) {
      if (error.name !== 'AbortError') fail(error)
    }
    more.disabled = false
  }
}

/** Opens an entity, given as { type, value } or as an id. */
function openEntity (entity) {
  go({ entity: typeof entity === 'string' ? entity : `${entity.type}:${entity.value}` })
}

async function showEntity (now) {
  const panel = byId('entity')
  if (panel.dataset.shown === now.entity) return
  askedEntity.abort()
  askedEntity = new AbortController()
  const { signal } = askedEntity
  panel.hidden = !now.entity
  document.body.classList.toggle('with-entity', !panel.hidden)
  panel.dataset.shown = now.entity
  if (panel.hidden) return
  const at = now.entity.indexOf(':')
  const who = at < 0 ? { id: now.entity } : { type: now.entity.slice(0, at), value: now.entity.slice(at + 1) }
  const close = el('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: () => go({ entity: '' }) }, '×')
  panel.replaceChildren(close, el('p', { class: 'empty' }, 'Loading…'))
  try {
    const { entity_type: type, value, events, total, graph } = await ask('/api/entity', who, signal)
    panel.replaceChildren(close,
      el('h2', {}, el('b', { class: `kind ${type}` }, type), value),
      el('p', { class: 'span' }, `${countText(total)}${total >= 10_000 ? '+' : ''} events, ${spanText({ from: events.at(-1).timestamp_ns, to: events[0].timestamp_ns })}${total > events.length ? ` (the newest ${events.length})` : ''}`),
      el('h3', {}, 'Seen with'),
      graph.nodes.length > 1 ? drawGraph(graph, openEntity) : el('p', { class: 'empty' }, 'Its newest events have no other entities.'),
      el('h3', {}, 'Timeline'),
      el('ol', { class: 'timeline' }, ...timeline(events)))
    panel.querySelector('.close').focus()
  } catch (error) {
    if (error.name !== 'AbortError') panel.replaceChildren(close, el('p', { class: 'problem', role: 'alert' }, error.message))
  }
}

/** Lists events oldest first, with days as headings. Consecutive equal events are shown as one. */
function timeline (events) {
  const rows = []
  let day
  let last
  for (const event of [...events].reverse()) {
    const date = dateOf(event.timestamp_ns)
    if (dayText(date) !== day) rows.push(el('li', { class: 'day' }, day = dayText(date)))
    if (last && last.event.message === event.message && last.day === day) {
      last.times.textContent = `×${++last.count}`
      continue
    }
    const times = el('span', { class: 'times' })
    rows.push(el('li', { class: event.severity_id >= 4 ? 'high' : event.severity_id === 3 ? 'mid' : 'low' }, el('time', {}, timeText(event.timestamp_ns).slice(11, 19)), el('span', {}, event.message ?? '', ' ', times)))
    last = { event, day, times, count: 1 }
  }
  return rows
}

function spanText ({ from, to }) {
  const [a, b] = [dateOf(from), dateOf(to)]
  return `${dayText(a)} ${clockText(a)} – ${dayText(a) === dayText(b) ? '' : `${dayText(b)} `}${clockText(b)}`
}

function removable (text, onclick) {
  return el('button', { type: 'button', class: 'chip', onclick, 'aria-label': `Remove ${text}` }, text, ' ×')
}

/** Follows the store while `live` is in the address. */
function setLive (now) {
  const button = byId('live')
  button.setAttribute('aria-pressed', String(Boolean(now.live)))
  tail?.close()
  tail = undefined
  button.className = ''
  if (!now.live) return
  const { text, severity, source } = now
  tail = new EventSource(`/api/tail?${new URLSearchParams({ text, severity, source })}`)
  tail.onopen = () => { button.className = 'on' }
  tail.onerror = () => { button.className = 'broken' }
  tail.onmessage = ({ data }) => {
    const list = byId('events')
    list.querySelector('.empty')?.remove()
    list.prepend(eventRow(JSON.parse(data), openEntity, { fresh: true }))
    while (list.children.length > ROWS) list.lastElementChild.remove()
    byId('count').textContent = `${countText(list.children.length)} newest events`
    refreshSoon()
  }
}

let refreshing
/** Updates the head of the page and the histogram, but not at every event. */
function refreshSoon () {
  refreshing ??= setTimeout(async () => {
    refreshing = undefined
    try {
      await loadOverview()
      await showHistogram(state(), asked.signal)
    } catch {
      // The tail itself shows that the server cannot be reached.
    }
  }, 1000)
}

function fail (error) {
  const problem = byId('problem')
  problem.hidden = false
  problem.replaceChildren(el('p', {}, error.message), el('button', { type: 'button', onclick: () => follow({ again: true }) }, 'Try again'))
  byId('events').removeAttribute('aria-busy')
  byId('events').replaceChildren()
  byId('count').textContent = 'Events'
  byId('more').hidden = true
}

byId('search').addEventListener('submit', (event) => {
  event.preventDefault()
  go({ text: byId('text').value.trim(), severity: byId('severity').value, source: byId('source').value })
})
for (const id of ['severity', 'source']) byId(id).addEventListener('change', () => byId('search').requestSubmit())
byId('range').addEventListener('change', ({ target }) => go({ range: target.value, from: '', to: '' }))
byId('live').addEventListener('click', () => go({ live: state().live ? '' : '1' }))
byId('theme').addEventListener('click', () => {
  const isDark = getComputedStyle(document.documentElement).getPropertyValue('color-scheme').trim() === 'dark'
  document.documentElement.dataset.theme = localStorage.theme = isDark ? 'light' : 'dark'
})
if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const isTyping = event.target.matches('input, select')
  if (event.key === 'Escape') {
    if (isTyping) event.target.blur()
    else if (state().entity) go({ entity: '' })
  } else if (!isTyping) {
    const actions = { '/': () => byId('text').select(), j: () => step(1), k: () => step(-1), l: () => byId('live').click() }
    if (!actions[event.key]) return
    event.preventDefault()
    actions[event.key]()
  }
})

function step (by) {
  const heads = [...document.querySelectorAll('#events .head')]
  const at = heads.indexOf(document.activeElement)
  heads[at < 0 ? 0 : Math.min(heads.length - 1, Math.max(0, at + by))]?.focus()
}

byId('skip').addEventListener('click', (event) => {
  // The state is in the address.
  event.preventDefault()
  byId('events').focus()
})
addEventListener('hashchange', () => follow())
follow()
