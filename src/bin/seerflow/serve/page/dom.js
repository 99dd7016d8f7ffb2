// Small helpers. Text is only ever inserted as text: nothing here parses markup.

/** Characters that act instead of being displayed: control characters, changes of the writing direction, invisible ones (`is_invisible`). */
const ACTING = /[\p{Cc}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu
const SHORT = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const spell = (char) => SHORT[char] ?? `\\u{${char.codePointAt(0).toString(16)}}`

/** Returns a text with acting characters spelt out. */
export const spelt = (text) => String(text).replace(ACTING, spell)

/** Returns nodes for a text, with acting characters as marks. */
function marked (text, keepsLines) {
  const nodes = []
  let done = 0
  for (const { 0: char, index } of text.matchAll(ACTING)) {
    if (keepsLines && (char === '\n' || char === '\t')) continue
    const mark = document.createElement('span')
    mark.className = 'acting'
    mark.textContent = spell(char)
    nodes.push(text.slice(done, index), mark)
    done = index + char.length
  }
  return [...nodes, text.slice(done)]
}

/** Creates an element from `on…` listeners and attributes. Children are nodes or texts. */
export const el = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children)
export const svg = (name, attributes = {}, ...children) => fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)

function fill (element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : key === 'value' ? value : spelt(value))
  }
  const isPre = element.localName === 'pre'
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null).flatMap((child) => child instanceof Node ? [child] : marked(String(child), isPre)))
  return element
}

export const button = (text, onclick, attributes = {}) => el('button', { type: 'button', onclick, ...attributes }, text)
export const byId = (id) => document.getElementById(id)

/** Returns a path with parameters; empty ones are left out. */
export const addressOf = (path, parameters) => `${path}?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''))}`

/** Sends a request to the server. Throws an error with the reason if the server refuses it. */
export async function ask (path, parameters = {}, signal, method = 'GET') {
  let response
  try {
    response = await fetch(addressOf(path, parameters), { signal, method })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Error('The server does not respond. Start `seerflow serve` again, then open the address that it prints.')
  }
  const body = await response.json()
  if (!response.ok) throw new Error(body.message)
  return body
}

const NAMES = ['trace', 'info', 'notice', 'warning', 'error', 'critical', 'fatal']
export const severityName = (severity) => NAMES[severity] ?? String(severity)
export const severityClass = (severity) => severity >= 4 ? 'high' : severity === 3 ? 'mid' : 'low'

/** The zone of all times: UTC, or the local one. */
export const zone = { isLocal: false }
export const zoneName = () => zone.isLocal ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC'

/** Converts nanoseconds, given as text, to [day, clock, milliseconds] in the zone. */
export function timeParts (nanoseconds) {
  const date = new Date(Number(BigInt(nanoseconds) / 1_000_000n))
  const text = new Date(date.getTime() - (zone.isLocal ? date.getTimezoneOffset() * 60_000 : 0)).toISOString()
  return [text.slice(0, -14), text.slice(-13, -5), text.slice(-4, -1)]
}

export function timeText (nanoseconds) {
  const [day, clock, milliseconds] = timeParts(nanoseconds)
  return `${day} ${clock}.${milliseconds}`
}

/** Creates the element of a time; its title has the zone and every digit. */
export const time = (nanoseconds) => el('time', { title: `${timeText(nanoseconds)} ${zoneName()}, ${nanoseconds} ns` }, timeText(nanoseconds))
export const spanText = (from, to) => {
  const [a, b] = [timeParts(from), timeParts(to)]
  return `${a[0]} ${a[1]} – ${a[0] === b[0] ? '' : `${b[0]} `}${b[1]}`
}
export const countText = (number) => number.toLocaleString('en')
export const plural = (number, word) => `${countText(number)} ${word}${number === 1 ? '' : 's'}`
export const bytesText = (bytes) => bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
export const empty = (...children) => el('li', { class: 'empty' }, ...children)
