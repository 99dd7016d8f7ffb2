// Alerts with their verdicts, and the health of the store.
import { ask, byId, bytesText, button, countText, el, empty, plural, severityClass, severityName, time, timeText, zoneName } from './dom.js'
import { fail, go, store } from './app.js'
import { entityButton, eventRow } from './search.js'

/** Shows the alerts of the state. */
export async function showAlerts (now, signal) {
  const asked = { severity: now.severity, technique: now.technique, entity: now.entity }
  const { alerts, next, total } = await ask('/api/alerts', asked, signal)
  const severity = el('select', { 'aria-label': 'Least severity', onchange: ({ target }) => go({ severity: target.value }) },
    ['', 2, 3, 4, 5, 6].map((value) => el('option', { value, selected: String(value) === now.severity }, value ? `${severityName(value)} and above` : 'Any severity')))
  const technique = el('input', { 'aria-label': 'MITRE technique', placeholder: 'technique, such as T1110', value: now.technique, onchange: ({ target }) => go({ technique: target.value.trim() }) })
  const list = el('ol', { class: 'list', 'aria-label': 'Alerts' }, alerts.map(alertRow))
  if (alerts.length === 0) {
    list.append(Object.values(asked).some(Boolean) ? empty(el('p', {}, 'No alert matches.'), button('Show all alerts', () => go({ severity: '', technique: '', entity: '' })))
      : empty('There are no alerts. Seerflow and `seerflow import --alerts` store them.'))
  }
  const more = button('Older alerts', async () => {
    try {
      const page = await ask('/api/alerts', { ...asked, cursor: more.cursor }, signal)
      list.append(...page.alerts.map(alertRow))
      more.cursor = page.next
      more.hidden = !page.next
    } catch (error) {
      if (error.name !== 'AbortError') fail(error)
    }
  }, { hidden: !next })
  more.cursor = next
  byId('alerts').replaceChildren(el('div', { class: 'caption' }, el('p', { role: 'status' }, plural(total, 'alert')), severity, technique,
    now.entity ? el('span', { class: 'chip' }, el('span', {}, now.entity), button('×', () => go({ entity: '' }), { 'aria-label': 'Alerts of all entities' })) : undefined), list, more)
}

const VERDICTS = { tp: 'true positive', fp: 'false positive' }

function alertRow (alert) {
  const verdict = el('span', { class: `verdict ${alert.feedback}` }, VERDICTS[alert.feedback] ?? '')
  const row = el('li', { class: `event ${severityClass(alert.severity_id)}` })
  const head = button([time(alert.timestamp_ns), el('span', { class: 'severity' }, severityName(alert.severity_id)),
    el('span', { class: 'from' }, `${alert.entity_type} ${alert.entity_value}`),
    el('span', { class: 'message' }, el('b', {}, alert.rule_name), ` ${alert.description}`, alert.dedup_count > 1 ? el('span', { class: 'times' }, ` ×${countText(alert.dedup_count)}`) : '', ' ', verdict)],
  async () => {
    const isOpen = head.getAttribute('aria-expanded') === 'true'
    head.setAttribute('aria-expanded', String(!isOpen))
    if (isOpen) return row.querySelector('.details').remove()
    const details = el('div', { class: 'details' })
    row.append(details)
    await showAlert(alert, details, verdict).catch((error) => details.replaceChildren(error.message))
  }, { class: 'row head', 'aria-expanded': 'false' })
  row.append(head)
  return row
}

async function showAlert (alert, details, shown) {
  const { verdicts } = await ask('/api/alert', { id: alert.alert_id })
  const ids = alert.contributing_events
  const events = await Promise.all(ids.slice(0, 20).map((id) => ask('/api/event', { id }).then(({ row }) => eventRow(row), () => empty(`${id} is not in the store`))))
  const note = el('input', { 'aria-label': 'Reason', placeholder: 'reason', maxlength: '500' })
  const give = (feedback) => async () => {
    try {
      await ask('/api/verdict', { id: alert.alert_id, feedback, note: note.value }, undefined, 'POST')
      shown.className = `verdict ${feedback}`
      shown.textContent = VERDICTS[feedback]
      await showAlert(alert, details, shown)
    } catch (error) {
      fail(error)
    }
  }
  const rows = { type: alert.alert_type, risk: alert.risk_score, tactics: alert.mitre_tactics.join(', '), techniques: alert.mitre_techniques.join(', '), occurrences: countText(alert.dedup_count), 'dedup key': alert.dedup_key, id: alert.alert_id }
  details.replaceChildren(el('pre', { class: 'whole' }, alert.description),
    el('p', { class: 'chips' }, entityButton({ entity: alert.entity_uuid, entity_type: alert.entity_type, value: alert.entity_value })),
    el('dl', {}, Object.entries(rows).filter(([, value]) => value !== '').flatMap(([key, value]) => [el('dt', {}, key), el('dd', {}, value)])),
    el('ul', {}, verdicts.map(({ feedback, note, origin, at }) => el('li', {}, `${VERDICTS[feedback] ?? feedback}, by ${origin}, ${timeText(at)} ${zoneName()}${note ? `: ${note}` : ''}`))),
    store.verdicts ? el('p', { class: 'give' }, note, button('True positive', give('tp')), button('False positive', give('fp'))) : el('p', {}, 'To give a verdict, start `seerflow serve --allow-verdicts`.'),
    el('h3', {}, `${plural(ids.length, 'contributing event')}${ids.length > 20 ? ', the first 20' : ''}`), el('ol', { class: 'list' }, events))
}

/** Shows the health of the store, again every two seconds. */
export async function showHealth (_, signal) {
  const letters = el('ol', { class: 'list', 'aria-label': 'Dead letters' })
  const tiles = el('dl', { class: 'tiles' })
  const more = button('Older dead letters', () => page().catch(fail))
  const page = async () => {
    const { letters: found, next } = await ask('/api/dead-letters', { cursor: more.cursor }, signal)
    letters.append(...found.map(({ at, format, reason, payload }) => el('li', { class: 'letter' }, time(at), ' ', el('b', {}, reason), ` (${format})`, el('pre', {}, payload))))
    if (!letters.children.length) letters.append(empty('There are no dead letters: every record became an event.'))
    more.cursor = next
    more.hidden = found.length < 50
  }
  let before
  const tick = async () => {
    const { store: own, now, state, queue, graph, graph_backlog: backlog } = await ask('/api/health', {}, signal)
    const since = (time) => Number(BigInt(now) - BigInt(time)) / 1e9
    const values = {
      State: state, Database: own.location, Events: countText(own.events),
      'Arrival rate': before ? `${countText(Math.round(Math.max(0, own.last_seq - before.seq) / since(before.now)))} events/s` : 'measuring…',
      'Newest event': own.newest ? `${timeText(own.newest)} ${zoneName()}` : 'none', 'Lag of the newest event': own.newest ? lagText(since(own.newest)) : 'none',
      'Not yet summed up': plural(own.behind, 'event'), 'Queue of this program': plural(queue, 'event'), 'Dead letters': countText(own.dead_letters),
      Size: `${bytesText(own.bytes)}, ${bytesText(own.free_bytes)} of it free`, 'Write-ahead log': bytesText(own.wal_bytes), Schema: own.schema, Graph: graph, 'Graph backlog': plural(backlog, 'edge')
    }
    before = { now, seq: own.last_seq }
    tiles.replaceChildren(...Object.entries(values).map(([name, value]) => el('div', { class: name === 'State' && value !== 'ok' ? 'bad' : '' }, el('dt', {}, name), el('dd', {}, value))))
  }
  byId('health').replaceChildren(tiles, el('h3', {}, 'Dead letters'), letters, more)
  await Promise.all([tick(), page()])
  const repeat = () => tick().then(() => setTimeout(again, 2000), (error) => { if (error.name !== 'AbortError') fail(error) })
  const again = () => { if (!signal.aborted) repeat() }
  setTimeout(again, 2000)
}

const lagText = (seconds) => seconds < 120 ? `${seconds.toFixed(1)} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`
