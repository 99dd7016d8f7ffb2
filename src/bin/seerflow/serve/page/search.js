// The search: filters as chips, histogram, facets, events, live tail.
import { addressOf, ask, byId, button, countText, el, empty, plural, severityClass, severityName, spanText, time, timeText, zoneName } from './dom.js'
import { fail, go, loadStore, state, store } from './app.js'
import { bucketOf, drawChart } from './chart.js'
import { showEntity } from './entity.js'

const SECOND = 1_000_000_000n
const ROWS = 500
const FACETS = { severity: 'Severity', source: 'Source', host: 'Host', entity: 'Entity', template: 'Template' }
const FIELDS = { source_type: 'source', source_id: 'host', template_id: 'template' }

/** Splits a search into filters, { wanted, key, value }, and the text of its words. */
export function parse (q) {
  const filters = []
  const words = (q.match(/(?:"(?:[^"\\]|\\.)*"?|[^\s"])+/g) ?? []).filter((token) => {
    const [, minus, key, value] = /^(-?)([a-z]+):(.+)$/s.exec(token) ?? []
    if (!store.keys.includes(key)) return true
    filters.push({ wanted: !minus, key, value: /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value })
    return false
  })
  return { filters, words: words.join(' ') }
}

/** Returns the search of filters and words. */
function textOf ({ filters, words }) {
  const quoted = (value) => /[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value
  return [...filters.map(({ wanted, key, value }) => `${wanted ? '' : '-'}${key}:${quoted(value)}`), words].filter(Boolean).join(' ')
}

/** Adds a filter, in place of its opposite. */
export function filter (key, value, wanted) {
  const { filters, words } = parse(state().q)
  // An event has one source, host, template and severity: another one that is required gives way.
  const gives = (of) => of.key === key && (of.value === value || (wanted && of.wanted && ['source', 'host', 'template', 'severity'].includes(key)))
  go({ q: textOf({ filters: [...filters.filter((of) => !gives(of)), { wanted, key, value }], words }), all: '' })
}

/** Returns the buttons that require or exclude a value. */
export const plusMinus = (key, value, label = value) => el('span', { class: 'pm' },
  button('+', () => filter(key, value, true), { 'aria-label': `Only ${key} ${label}`, title: 'Only events with this' }),
  button('−', () => filter(key, value, false), { 'aria-label': `Not ${key} ${label}`, title: 'Only events without this' }))

/** Returns the time window to show, without its end. Because a store may be old, it ends with the newest event. */
function windowOf ({ range, from, to }) {
  if (range === 'picked') return { from: BigInt(from), to: BigInt(to) }
  const end = BigInt(store.newest) + 1n
  return { from: range ? end - BigInt(range) * SECOND : BigInt(store.oldest), to: end }
}

const filtersOf = (now) => ({ q: now.q, entity: now.entity, ...now.range ? windowOf(now) : {} })

export async function showSearch (now, signal) {
  const { filters, words } = parse(now.q)
  byId('words').value = words
  byId('range').value = now.range
  byId('range').querySelector('[value=picked]').hidden = now.range !== 'picked'
  if (store.newest === null) {
    byId('count').textContent = 'No events'
    byId('events').replaceChildren(empty(el('p', {}, 'The store is empty. Store log files with `seerflow ingest FILE`, or turn on Live to see the first events arrive.')))
    setLive(now)
    return
  }
  const chips = filters.map((filter, at) => {
    const others = () => filters.filter((_, i) => i !== at)
    const { wanted, key, value } = filter
    const shown = key === 'severity' ? `${wanted ? '≥' : '<'} ${value}` : value
    return el('li', { class: `chip${wanted ? '' : ' not'}` },
      button(wanted ? '+' : '−', () => go({ q: textOf({ filters: filters.map((of) => of === filter ? { ...of, wanted: !wanted } : of), words }) }), { 'aria-label': `${wanted ? 'Exclude' : 'Require'} ${key} ${value}`, title: 'Require or exclude' }),
      el('span', {}, el('b', {}, key), ' ', shown),
      button('×', () => go({ q: textOf({ filters: others(), words }) }), { 'aria-label': `Remove ${key} ${value}` }))
  })
  if (now.range === 'picked') chips.unshift(el('li', { class: 'chip' }, el('span', {}, el('b', {}, 'time'), ' ', `${spanText(now.from, now.to)} ${zoneName()}`), button('×', () => go({ range: '', from: '', to: '' }), { 'aria-label': 'Remove the time' })))
  if (now.live) chips.push(el('li', { class: 'chip' }, el('span', {}, el('b', {}, 'live')), button('×', () => go({ live: '' }), { 'aria-label': 'End the live tail' })))
  byId('chips').replaceChildren(...chips)
  for (const format of ['ndjson', 'csv']) byId(format).href = addressOf('/api/export', { ...filtersOf(now), format })
  setLive(now)
  byId('entity').hidden = !now.entity
  await Promise.all([showEvents(now, signal), showHistogram(now, signal), showFacets(now, signal), now.entity ? showEntity(now, signal) : undefined])
}

async function showHistogram (now, signal) {
  byId('histogram').setAttribute('aria-busy', 'true')
  let { from, to } = windowOf(now)
  let bucket = bucketOf(from, to)
  const count = () => ask('/api/histogram', { ...filtersOf(now), from, to, bucket, all: now.all }, signal)
  let { bars, total, since } = await count()
  // A result that takes a small part of all time gets an axis of its own.
  for (let round = 0; round < 2 && !now.range && !since && bars.length; round++) {
    const [first, last] = [BigInt(bars[0][0]), BigInt(bars.at(-1)[0]) + bucket]
    if ((last - first) * 3n > to - from) break
    [from, to] = [first, last]
    bucket = bucketOf(from, to);
    ({ bars } = await count())
  }
  byId('histogram').removeAttribute('aria-busy')
  drawChart(bars, { from, to, bucket, since, pick: (from, to) => go({ range: 'picked', from, to, live: '' }) })
  byId('count').textContent = since ? `${countText(total)}+ events` : total ? plural(total, 'event') : 'No events'
  byId('bound').replaceChildren(...since ? [`Counted from ${timeText(since)}. `, button('Count all', () => go({ all: '1' }))] : [])
}

async function showFacets (now, signal) {
  byId('facets').setAttribute('aria-busy', 'true')
  const facets = await ask('/api/facets', { ...filtersOf(now), all: now.all }, signal)
  byId('facets').removeAttribute('aria-busy')
  const isWide = matchMedia('(min-width: 900px)').matches
  byId('facets').replaceChildren(...Object.entries(FACETS).filter(([key]) => facets[key].length).map(([key, title]) => el('details', { open: isWide && key !== 'template' }, el('summary', {}, title),
    el('ul', {}, facets[key].map(({ value, label, count }) => {
      const bar = el('span', { class: 'bar' })
      bar.style.width = `${100 * count / Math.max(1, ...facets[key].map((of) => of.count))}%`
      return el('li', {}, el('span', { class: 'value', title: label }, bar, label || '(none)'), el('span', { class: 'number' }, countText(count)), value ? plusMinus(key, value, label) : el('span'))
    })))))
}

async function showEvents (now, signal) {
  const list = byId('events')
  list.setAttribute('aria-busy', 'true')
  const { events, next } = await ask('/api/events', { ...filtersOf(now), limit: innerWidth < 700 ? 40 : 100 }, signal)
  list.removeAttribute('aria-busy')
  list.replaceChildren(el('li', { class: 'row titles', 'aria-hidden': 'true' }, el('span', {}, `Time (${zoneName()})`), el('span', {}, 'Severity'), el('span', {}, 'Source'), el('span', {}, 'Message')), ...events.map((event) => eventRow(event)))
  if (events.length === 0) {
    list.replaceChildren(next ? empty('No match among the newest events. Older events follow.')
      : empty(el('p', {}, 'No event matches all filters. Remove one, or choose more time.'), button('Clear all filters', () => go({ q: '', range: '', from: '', to: '', entity: '' }))))
  }
  offerMore(next, now, signal)
}

function offerMore (cursor, now, signal) {
  const more = byId('more')
  more.hidden = !cursor
  more.onclick = async () => {
    more.disabled = true
    try {
      const { events, next } = await ask('/api/events', { ...filtersOf(now), cursor, limit: 200 }, signal)
      const rows = events.map((event) => eventRow(event))
      byId('events').append(...rows)
      rows[0]?.querySelector('.head').focus()
      offerMore(next, now, signal)
    } catch (error) {
      if (error.name !== 'AbortError') fail(error)
    }
    more.disabled = false
  }
}

/** Creates a row that shows its details when it is selected. */
export function eventRow ({ id, at, severity, source, host, parts }, isFresh = false) {
  const row = el('li', { class: `event ${severityClass(severity)}${isFresh ? ' fresh' : ''}` })
  const head = button([time(at), el('span', { class: 'severity' }, severityName(severity)), el('span', { class: 'from' }, [source, host].filter(Boolean).join(' · ') || '–'),
    el('span', { class: 'message' }, parts.map((part, i) => i % 2 ? el('mark', {}, part) : part))], toggle, { class: 'row head', 'aria-expanded': 'false' })
  row.append(head)
  async function toggle () {
    const isOpen = head.getAttribute('aria-expanded') === 'true'
    head.setAttribute('aria-expanded', String(!isOpen))
    if (isOpen) return row.querySelector('.details')?.remove()
    const details = el('div', { class: 'details' }, 'Loading…')
    row.append(details)
    try {
      details.replaceChildren(...detailsOf(await ask('/api/event', { id })))
    } catch (error) {
      details.replaceChildren(error.message)
    }
  }
  return row
}

function detailsOf ({ row, message, fields, entities, json }) {
  const rows = fields.filter(([key]) => key !== 'entity_refs').map(([key, value]) => [el('dt', {}, key), el('dd', {},
    key.endsWith('_ns') && /^\d+$/.test(value) ? `${timeText(value)} ${zoneName()} (${value})` : value,
    FIELDS[key] ? plusMinus(FIELDS[key], value) : key === 'severity_id' ? plusMinus('severity', severityName(row.severity)) : '')])
  return [el('pre', { class: 'whole' }, message ?? ''),
    el('p', { class: 'chips' }, entities.map((entity) => el('span', { class: 'chip' }, entityButton(entity), plusMinus(entity.entity_type || 'entity', entity.value || entity.entity)))),
    el('dl', {}, rows), el('details', {}, el('summary', {}, 'JSON'), el('pre', {}, json))]
}

/** Creates a button that opens an entity. */
export function entityButton ({ entity, entity_type: type, value }, label = value || entity) {
  return button([el('b', {}, type), ' ', label], () => go({ entity: type ? `${type}:${value}` : entity, path: '', without: '', depth: '', view: '' }), { class: `named ${type}`, title: `${type} ${value}: its events and its surroundings` })
}

// --- the live tail ---

let tail

/** Follows the store while `live` is in the address. Paused, it holds back what arrives. */
function setLive (now) {
  const live = byId('live')
  clearTimeout(tail?.timer)
  tail = now.live ? { now, waiting: [], isPaused: false, ticks: 0 } : undefined
  live.className = tail ? 'on' : ''
  live.setAttribute('aria-pressed', String(Boolean(tail)))
  live.lastChild.data = tail ? 'Pause' : 'Live'
  if (tail) poll(tail)
}

async function poll (own) {
  try {
    const { events, after } = await ask('/api/tail', { q: own.now.q, entity: own.now.entity, after: own.after })
    if (own !== tail) return
    own.after = after
    byId('live').className = 'on'
    own.waiting.push(...events)
    arrive(own)
    if (++own.ticks % 10 === 0 && !own.isPaused) await refresh(own)
  } catch {
    if (own === tail) byId('live').className = 'broken'
  }
  if (own === tail) own.timer = setTimeout(poll, 1000, own)
}

async function refresh (own) {
  await loadStore()
  if (own === tail && store.newest !== null) await Promise.all([showHistogram(own.now), showFacets(own.now)])
}

function arrive (own) {
  byId('live').lastChild.data = own.isPaused ? `Resume (${own.waiting.length})` : 'Pause'
  if (own.isPaused || own.waiting.length === 0) return
  const list = byId('events')
  list.querySelector('.empty')?.remove()
  const first = list.querySelector('.event')
  for (const event of own.waiting.splice(0).slice(-ROWS)) list.insertBefore(eventRow(event, true), list.querySelector('.event') ?? first)
  while (list.children.length > ROWS) list.lastElementChild.remove()
}

/** Connects the form and the button of the live tail. */
export function startSearch () {
  byId('form').addEventListener('submit', (event) => {
    event.preventDefault()
    const typed = parse(byId('words').value)
    go({ q: textOf({ filters: [...parse(state().q).filters, ...typed.filters], words: typed.words }), all: '' })
  })
  byId('range').addEventListener('change', ({ target }) => go({ range: target.value, from: '', to: '' }))
  byId('live').addEventListener('click', () => {
    if (!tail) return go({ live: '1', ...state().range === 'picked' ? { range: '', from: '', to: '' } : {} })
    tail.isPaused = !tail.isPaused
    arrive(tail)
  })
}
