// The page. Its state is in the address: it can be bookmarked, shared and navigated.
import { ask, byId, bytesText, button, el, plural, zone, zoneName } from './dom.js'
import { showSearch, startSearch } from './search.js'
import { showAlerts, showHealth } from './reports.js'

/** The values that the address may have. An edited address may have others, which are ignored. */
const STATE = {
  view: /^(alerts|health)$/, q: /^/, range: /^(900|3600|86400|604800|2592000|picked)$/, from: /^\d{1,19}$/, to: /^\d{1,19}$/, entity: /^/, depth: /^[2-4]$/,
  without: /^[a-z,]*$/, path: /^/, live: /^1$/, all: /^1$/, zone: /^local$/, severity: /^[1-6]$/, technique: /^/
}
const VIEWS = { search: showSearch, alerts: showAlerts, health: showHealth }

let asked = new AbortController()
export let store

/** Returns the state in the address. */
export function state () {
  const parameters = new URLSearchParams(location.hash.slice(1))
  const now = Object.fromEntries(Object.entries(STATE).map(([key, form]) => {
    const value = parameters.get(key) ?? ''
    return [key, form.test(value) ? value : '']
  }))
  if (now.range === 'picked' && !(now.from && now.to && BigInt(now.from) < BigInt(now.to))) Object.assign(now, { range: '', from: '', to: '' })
  return now
}

/** Returns the address of the state with changes. */
export function hashOf (changes) {
  const now = { ...state(), ...changes }
  return `#${new URLSearchParams(Object.entries(now).filter(([, value]) => value))}`
}

/** Changes the address, and updates the page. */
export function go (changes) {
  const hash = hashOf(changes)
  if (hash === (location.hash || '#')) follow()
  else location.hash = hash
}

/** Loads the numbers in the head of the page. */
export async function loadStore () {
  store = await ask('/api/store')
  byId('store').textContent = `${plural(store.events, 'event')}, ${bytesText(store.bytes)}`
  byId('store').title = store.location
}

const endWaiting = () => document.querySelectorAll('[aria-busy]').forEach((element) => element.removeAttribute('aria-busy'))

/** Shows the state of the address. */
async function follow () {
  asked.abort()
  endWaiting()
  asked = new AbortController()
  const { signal } = asked
  const now = state()
  const view = now.view || 'search'
  zone.isLocal = now.zone === 'local'
  byId('zone').textContent = zoneName()
  byId('problem').hidden = true
  for (const name of Object.keys(VIEWS)) {
    byId(name).hidden = name !== view
    byId(`to-${name}`).href = hashOf({ view: name === 'search' ? '' : name })
    byId(`to-${name}`).toggleAttribute('aria-current', name === view)
  }
  byId('title').textContent = byId(`to-${view}`).textContent
  document.title = `${byId('title').textContent} – Seerflow`
  try {
    if (!store?.newest) await loadStore()
    await VIEWS[view](now, signal)
  } catch (error) {
    if (error.name !== 'AbortError') fail(error)
  }
}

/** Shows the reason of a failure, and offers to try again. */
export function fail (error) {
  byId('problem').hidden = false
  byId('problem').replaceChildren(el('p', {}, error.message), button('Try again', () => { store = undefined; follow() }), button('Clear everything', () => { location.hash = '' }))
  endWaiting()
}

byId('zone').addEventListener('click', () => go({ zone: zone.isLocal ? '' : 'local' }))
byId('theme').addEventListener('click', () => {
  const isDark = getComputedStyle(document.documentElement).colorScheme === 'dark'
  document.documentElement.dataset.theme = localStorage.theme = isDark ? 'light' : 'dark'
})
if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const isTyping = event.target.matches('input, select')
  if (event.key === 'Escape') {
    if (isTyping) event.target.blur()
    else if (state().entity) go({ entity: '', path: '', without: '', depth: '' })
  } else if (!isTyping) {
    const actions = { '/': () => byId('words').select(), j: () => step(1), k: () => step(-1), l: () => byId('live').click() }
    if (!actions[event.key] || byId('search').hidden) return
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
addEventListener('hashchange', follow)
startSearch()
follow()
