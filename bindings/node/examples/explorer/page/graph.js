// A picture of the subgraph of an entity: the entity in the middle, the entities that occur with it around it.
import { countText, svg } from './dom.js'

const WIDTH = 460
const HEIGHT = 380

/** Draws the picture. `go(entity)` is called when a node is selected. */
export function drawGraph ({ nodes, edges }, go) {
  const places = layout(nodes)
  const most = Math.max(1, ...edges.map((edge) => edge.count))
  const picture = svg('svg', { class: 'graph', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'group', 'aria-label': `${nodes.length - 1} entities around ${nodes[0].value}` })
  for (const { source, target, count, rel } of edges) {
    const [a, b] = [places.get(source), places.get(target)]
    // Nodes on the same side are joined by a curve, because a straight line would run along the arc.
    const bow = a.side === b.side && a.side ? -a.side * 60 : 0
    const line = svg('path', { d: `M${a.x} ${a.y}Q${(a.x + b.x) / 2 + bow} ${(a.y + b.y) / 2} ${b.x} ${b.y}`, 'stroke-width': 0.8 + 3 * count / most, class: source === nodes[0].entity || target === nodes[0].entity ? 'spoke' : 'side' })
    line.append(svg('title', {}, `${rel ? `${rel}, ` : ''}together in ${countText(count)} of the newest events`))
    picture.append(line)
  }
  for (const [index, node] of nodes.entries()) {
    const { x, y, side } = places.get(node.entity)
    const radius = index === 0 ? 13 : 6 + Math.min(6, Math.log2(node.count + 1))
    const left = side === -1
    const label = svg('text', { x: index === 0 ? x : x + (left ? -radius - 4 : radius + 4), y: index === 0 ? y + radius + 14 : y + 4, 'text-anchor': index === 0 ? 'middle' : left ? 'end' : 'start' }, shortened(node.value))
    const group = svg('g', { class: `node ${node.entity_type}${index === 0 ? ' centre' : ''}`, tabindex: index === 0 ? undefined : '0', role: index === 0 ? undefined : 'link', 'aria-label': `${node.entity_type} ${node.value}, in ${node.count} events` },
      svg('title', {}, `${node.entity_type} ${node.value}: in ${countText(node.count)} of the newest events`), svg('circle', { cx: x, cy: y, r: radius }), label)
    if (index > 0) {
      group.addEventListener('click', () => go(node.entity))
      group.addEventListener('keydown', (event) => { if (event.key === 'Enter') { event.stopPropagation(); go(node.entity) } })
    }
    picture.append(group)
  }
  return picture
}

const shortened = (text) => text.length > 19 ? `${text.slice(0, 9)}…${text.slice(-9)}` : text

/** Places the entity in the middle and the others on an arc on either side, the most frequent ones at its height, so that no labels overlap. */
function layout (nodes) {
  const places = new Map([[nodes[0].entity, { x: WIDTH / 2, y: HEIGHT / 2 }]])
  const others = nodes.slice(1)
  for (const side of [-1, 1]) {
    const column = others.filter((_, i) => (i % 2 === 0) === (side === -1))
    // From the middle outwards: 0, 1, -1, 2, -2, …
    const order = column.map((_, i) => i % 2 === 0 ? i / 2 : -(i + 1) / 2)
    const middle = column.length % 2 === 0 ? 0.5 : 0
    const step = Math.min(44, (HEIGHT - 40) / Math.max(1, column.length - 1))
    column.forEach((node, i) => {
      const up = (order[i] + middle) * step
      const bend = Math.sqrt(Math.max(0, 1 - (up / (HEIGHT * 0.62)) ** 2))
      places.set(node.entity, { x: WIDTH / 2 + side * 118 * bend, y: HEIGHT / 2 + up, side })
    })
  }
  return places
}
