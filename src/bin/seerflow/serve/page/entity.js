// An entity: its surroundings in the graph, a path to another one, its alerts. Its events are those of the search.
import { ask, byId, button, countText, el, plural, svg } from './dom.js'
import { go, hashOf } from './app.js'
import { entityButton } from './search.js'

const [WIDTH, HEIGHT] = [460, 400]

/** Shows the entity of the state. */
export async function showEntity (now, signal) {
  const panel = byId('entity')
  panel.setAttribute('aria-busy', 'true')
  if (!panel.firstChild) panel.append(el('p', {}, 'Loading…'))
  const { entity, nodes, edges, types, away, alerts } = await ask('/api/entity', { entity: now.entity, without: now.without, depth: now.depth }, signal)
  const hidden = now.without.split(',').filter(Boolean)
  const others = nodes.filter((node) => node.entity !== entity.entity)
  const related = edges.filter(([a, b]) => a === entity.entity || b === entity.entity).sort((a, b) => b[3] - a[3])
  const named = new Map(nodes.map((node) => [node.entity, node]))
  const toggles = [...new Set([...Object.keys(types), ...hidden])].map((type) => el('label', { class: type }, checkbox(!hidden.includes(type), () => {
    go({ without: hidden.includes(type) ? hidden.filter((of) => of !== type).join(',') : [...hidden, type].join(',') })
  }), `${type || 'unnamed'} (${types[type] ?? 0})`))
  const depth = el('select', { 'aria-label': 'Steps', onchange: ({ target }) => go({ depth: target.value }) }, [1, 2, 3].map((steps) => el('option', { value: steps === 1 ? '' : steps, selected: String(steps) === (now.depth || '1') }, plural(steps, 'step'))))
  const to = el('input', { type: 'text', 'aria-label': 'Path to the entity', placeholder: 'path to, such as host:db-1', value: now.path })
  const steps = el('ol', { class: 'path' })
  panel.removeAttribute('aria-busy')
  panel.replaceChildren(
    button('×', () => go({ entity: '', path: '', without: '', depth: '' }), { class: 'close', 'aria-label': 'Close the entity' }),
    el('h3', {}, el('b', { class: `kind ${entity.entity_type}` }, entity.entity_type), ' ', entity.value || entity.entity),
    el('p', {}, alerts ? el('a', { href: hashOf({ view: 'alerts' }) }, plural(alerts, 'alert')) : 'No alerts', '. Its events are listed below.'),
    nodes.length === 0
      ? el('p', { class: 'empty' }, 'It has no edges in the graph. `seerflow ingest` infers edges from events; a program that writes events itself sets storage.infer_edges to true.')
      : el('div', { class: 'around' },
        el('div', {}, el('p', { class: 'types' }, depth, toggles), drawGraph(entity, others, edges), away ? el('p', {}, `${plural(away, 'more distant entity').replace(/ys$/, 'ies')} left out.`) : undefined),
        el('div', {}, el('h4', {}, 'Related'), el('ul', { class: 'related' }, related.slice(0, 12).map(([a, b, relation, count]) => el('li', {}, `${b === entity.entity ? '←' : '→'} ${relation} `, entityButton(named.get(a === entity.entity ? b : a)), ` ${countText(count)}×`))),
          el('h4', {}, 'Path to another entity'), el('form', { class: 'to', onsubmit: (event) => { event.preventDefault(); go({ path: to.value.trim() }) } }, to, el('button', {}, 'Find')), steps)))
  if (!now.path || nodes.length === 0) return
  try {
    const { path } = await ask('/api/path', { entity: now.entity, to: now.path }, signal)
    steps.replaceChildren(...path.length ? path.map((step) => el('li', {}, entityButton(step), step.relations ? ` – ${step.relations} –` : '')) : [el('li', {}, 'There is no path between the two.')])
  } catch (error) {
    steps.replaceChildren(el('li', { role: 'alert' }, error.message))
  }
}

function checkbox (isChecked, onchange) {
  return el('input', { type: 'checkbox', checked: isChecked, onchange })
}

function drawGraph (centre, others, edges) {
  const counts = new Map()
  for (const [a, b, , count] of edges) for (const end of [a, b]) counts.set(end, (counts.get(end) ?? 0) + count)
  const near = others.sort((a, b) => counts.get(b.entity) - counts.get(a.entity))
  const places = layout(centre, near)
  const most = Math.max(1, ...edges.map(([, , , count]) => count))
  const picture = svg('svg', { class: 'graph', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'group', 'aria-label': `${near.length} entities around ${centre.value}` })
  for (const [source, target, relation, count] of edges) {
    const [a, b] = [places.get(source), places.get(target)]
    // Nodes on the same side are joined by a curve, because a straight line would run along the arc.
    const bow = a.side === b.side && a.side ? -a.side * 60 : 0
    picture.append(svg('path', { d: `M${a.x} ${a.y}Q${(a.x + b.x) / 2 + bow} ${(a.y + b.y) / 2} ${b.x} ${b.y}`, 'stroke-width': 0.8 + 3 * count / most, class: a.side && b.side ? 'side' : 'spoke' }, svg('title', {}, `${relation}, in ${plural(count, 'event')}`)))
  }
  for (const [index, node] of [centre, ...near].entries()) {
    const { x, y, side } = places.get(node.entity)
    const open = () => go({ entity: node.entity_type ? `${node.entity_type}:${node.value}` : node.entity, path: '' })
    const title = `${node.entity_type} ${node.value || node.entity}`
    const radius = index ? 6 : 12
    const label = svg('text', side ? { x: x + side * 11, y: y + 4, 'text-anchor': side < 0 ? 'end' : 'start' } : { x, y: y + 28, 'text-anchor': 'middle' }, shortened(node.value || node.entity))
    picture.append(svg('g', { class: `node ${node.entity_type}${index ? '' : ' centre'}`, ...index ? { tabindex: '0', role: 'button', 'aria-label': title, onclick: open, onkeydown: (event) => { if (event.key === 'Enter') open() } } : {} },
      svg('title', {}, title), svg('circle', { cx: x, cy: y, r: radius }), label))
  }
  return picture
}

const shortened = (text) => text.length > 21 ? `${text.slice(0, 10)}…${text.slice(-10)}` : text

/** Places the entity in the middle and the others on an arc on either side, the most frequent ones at its height. No labels overlap. */
function layout (centre, others) {
  const places = new Map([[centre.entity, { x: WIDTH / 2, y: HEIGHT / 2, side: 0 }]])
  for (const side of [-1, 1]) {
    const column = others.filter((_, i) => (i % 2 === 0) === (side === -1))
    const middle = column.length % 2 === 0 ? 0.5 : 0
    const step = Math.min(44, (HEIGHT - 30) / Math.max(1, column.length - 1))
    column.forEach((node, i) => {
      // From the middle outwards: 0, 1, -1, 2, -2, …
      const up = ((i % 2 === 0 ? i / 2 : -(i + 1) / 2) + middle) * step
      places.set(node.entity, { x: WIDTH / 2 + side * 112 * Math.sqrt(Math.max(0, 1 - (up / (HEIGHT * 0.62)) ** 2)), y: HEIGHT / 2 + up, side })
    })
  }
  return places
}
