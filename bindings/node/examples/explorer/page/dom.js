// Small helpers. Text is only ever inserted as text: nothing here parses markup.

/** Creates an element from properties, `on…` listeners and attributes. Children are nodes or texts. */
export function el (name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children)
}

export function svg (name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
}

function fill (element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children.filter((child) => child !== undefined && child !== null))
  return element
}

export const byId = (id) => document.getElementById(id)

/** Sends a request to the server. Throws an error with the reason if the server refuses it. */
export async function ask (path, parameters, signal) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''))
  let response
  try {
    response = await fetch(`${path}?${query}`, { signal })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Error('The explorer does not respond. Is it still running?')
  }
  const body = await response.json()
  if (!response.ok) throw new Error(body.message)
  return body
}

const NAMES = ['trace', 'info', 'notice', 'warning', 'error', 'critical', 'fatal']
export const severityName = (severity = 1) => NAMES[severity] ?? String(severity)
export const severityClass = (severity = 1) => severity >= 4 ? 'high' : severity === 3 ? 'mid' : 'low'

/** Converts nanoseconds, given as text, to a Date. */
export const dateOf = (nanoseconds) => new Date(Number(BigInt(nanoseconds) / 1_000_000n))
const pad = (number, width = 2) => String(number).padStart(width, '0')

/** Formats a time in local time, with the day if it is not today. */
export function timeText (nanoseconds) {
  const date = dateOf(nanoseconds)
  return `${dayText(date)} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}

export const dayText = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
export const clockText = (date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`
export const countText = (number) => number.toLocaleString('en')
