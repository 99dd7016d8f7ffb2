// Rows of events, and their details.
import { el, severityClass, severityName, timeText } from './dom.js'

/** The lists of an event whose items are entities. */
const LISTS = { related_ips: 'ip', related_users: 'user', related_hosts: 'host', related_processes: 'process', related_files: 'file', related_domains: 'domain' }

/** Creates a row. `go(query)` is called when an entity is selected. */
export function eventRow (event, go, { fresh = false } = {}) {
  const row = el('li', { class: `event ${severityClass(event.severity_id)}${fresh ? ' fresh' : ''}` })
  const head = el('button', { type: 'button', class: 'head', 'aria-expanded': 'false', onclick: toggle },
    el('time', { datetime: timeText(event.timestamp_ns) }, timeText(event.timestamp_ns)),
    el('span', { class: 'severity' }, severityName(event.severity_id)),
    el('span', { class: 'from' }, [event.source_type, event.source_id].filter(Boolean).join(' · ') || '–'),
    el('span', { class: 'message' }, event.message ?? '(no message)'))
  row.append(head)
  function toggle () {
    const isOpen = head.getAttribute('aria-expanded') === 'true'
    head.setAttribute('aria-expanded', String(!isOpen))
    if (isOpen) row.querySelector('.details').remove()
    else row.append(details(event, go))
  }
  return row
}

function details (event, go) {
  const chips = []
  for (const [list, type] of Object.entries(LISTS)) {
    for (const value of event[list] ?? []) chips.push(chip(type, value, () => go({ type, value })))
  }
  const rows = []
  for (const [key, value] of Object.entries(event)) {
    if (key in LISTS || key === 'entity_refs' || key === 'message') continue
    if (key === 'attributes' || key === 'resource_attrs') {
      for (const [name, inner] of Object.entries(value)) rows.push([name, spell(inner)])
    } else {
      rows.push([key, key.endsWith('_ns') ? `${timeText(value)} (${value})` : spell(value)])
    }
  }
  return el('div', { class: 'details' },
    el('p', { class: 'whole' }, event.message ?? ''),
    chips.length ? el('p', { class: 'chips' }, ...chips) : undefined,
    el('dl', {}, ...rows.flatMap(([key, value]) => [el('dt', {}, key), el('dd', {}, value)])))
}

export function chip (type, value, onclick) {
  return el('button', { type: 'button', class: `chip ${type}`, onclick, title: `${type}: its timeline and neighbours` }, el('b', {}, type), value)
}

const spell = (value) => typeof value === 'string' ? value : JSON.stringify(value)
