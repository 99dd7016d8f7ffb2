// The histogram: bars of events over time, by severity. A click selects a bar, dragging selects several. For the keyboard the chart is one
// tab stop: arrows, Home and End move between the bars, with Shift they extend the selection, Enter selects.
import { byId, countText, el, plural, svg, timeParts, zoneName } from './dom.js'

const SECOND = 1_000_000_000n
const BARS = 90n
const [WIDTH, HEIGHT] = [1200, 100]
const PARTS = ['low', 'mid', 'high']

/** The possible lengths of a bar, in seconds. From 15 minutes on they are whole minutes, which the store has sums of. */
const STEPS = [1n, 2n, 5n, 10n, 60n, 120n, 300n, 600n, 900n, 1800n, 3600n, 7200n, 10800n, 21600n, 43200n, 86400n, 172800n, 604800n, 2592000n, 7776000n, 31536000n]

/** Returns the smallest length of a bar with which all bars fit. */
export function bucketOf (from, to) {
  const seconds = (to - from) / SECOND + 1n
  return (STEPS.find((step) => step * BARS >= seconds) ?? (seconds / BARS / 60n + 1n) * 60n) * SECOND
}

/** Returns about three values of a scale up to `most`. */
function scaleOf (most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 3)))
  const step = [1, 2, 3, 5, 10].map((digit) => digit * power).find((step) => step * 3 >= most)
  return Array.from({ length: Math.floor(most / step) }, (_, i) => step * (i + 1))
}

/**
 * Draws the bars from one time up to, but not including, another one. Times before `since` were not counted. `pick(from, to)` is called
 * with the selection, which is then drawn larger.
 */
export function drawChart (counted, { from, to, bucket, since, pick }) {
  const first = from - from % bucket
  const count = Number((to - 1n - first) / bucket) + 1
  const bars = Array.from({ length: count }, () => [0, 0, 0])
  for (const [start, ...numbers] of counted) bars[Number((BigInt(start) - first) / bucket)]?.splice(0, 3, ...numbers)
  const sums = bars.map((bar) => bar[0] + bar[1] + bar[2])
  const most = Math.max(1, ...sums)
  const step = WIDTH / count
  const timeAt = (index) => first + BigInt(index) * bucket
  const chart = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'group', 'aria-label': 'Bars: arrows move, Shift extends the selection, Enter selects' })
  for (const value of scaleOf(most)) chart.append(svg('line', { class: 'axis', x1: 0, x2: WIDTH, y1: HEIGHT - value / most * HEIGHT, y2: HEIGHT - value / most * HEIGHT }))
  if (since) chart.append(svg('rect', { class: 'unknown', x: 0, y: 0, height: HEIGHT, width: Math.max(0, Number((BigInt(since) - first) / bucket)) * step }))
  let begin
  // The bars that have events, and the one that has the keyboard focus.
  const full = sums.flatMap((sum, index) => sum ? [index] : [])
  let current = full.at(-1)
  let anchor = current
  const mark = (a, b) => groups.forEach((group, i) => group.classList.toggle('marked', i >= Math.min(a, b) && i <= Math.max(a, b)))
  const groups = bars.map((bar, index) => {
    const [day, clock] = timeParts(timeAt(index))
    const label = `${day} ${clock}: ${plural(sums[index], 'event')}${bar[2] ? `, ${countText(bar[2])} of them errors and above` : ''}`
    const group = svg('g', { class: 'bar', ...sums[index] ? { tabindex: index === current ? '0' : '-1', role: 'button', 'aria-label': label } : { 'aria-hidden': 'true' } }, svg('title', {}, label))
    group.append(svg('rect', { class: 'hit', x: index * step, y: 0, width: step, height: HEIGHT }))
    let y = HEIGHT
    for (const [i, part] of PARTS.entries()) {
      if (!bar[i]) continue
      // Makes even one error among thousands visible.
      const height = Math.min(y, Math.max(2, bar[i] / most * HEIGHT))
      y -= height
      group.append(svg('rect', { class: part, x: index * step + step * 0.08, y, width: step * 0.84, height }))
    }
    const done = (a, b) => pick(timeAt(Math.min(a, b)), timeAt(Math.max(a, b) + 1))
    group.addEventListener('pointerdown', (event) => { event.preventDefault(); begin = index; mark(index, index) })
    group.addEventListener('pointerenter', () => { if (begin !== undefined) mark(begin, index) })
    group.addEventListener('pointerup', () => { if (begin !== undefined) done(begin, index); begin = undefined })
    group.addEventListener('keydown', (event) => {
      const place = full.indexOf(index)
      const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: full.length - 1 }[event.key]
      if (event.key === 'Enter' || event.key === ' ') done(anchor, index)
      else if (to !== undefined) move(full[Math.min(full.length - 1, Math.max(0, to))], event.shiftKey)
      else return
      event.preventDefault()
      event.stopPropagation()
    })
    return group
  })
  const move = (index, isMarking) => {
    groups[current].setAttribute('tabindex', '-1')
    groups[index].setAttribute('tabindex', '0')
    groups[index].focus()
    current = index
    if (!isMarking) anchor = index
    if (anchor === index) mark(-1, -1)
    else mark(anchor, index)
  }
  chart.addEventListener('pointerleave', () => { begin = undefined; mark(-1, -1) })
  chart.append(...groups)
  const scale = el('div', { class: 'scale', 'aria-hidden': 'true' }, scaleOf(most).map((value) => {
    const label = el('span', {}, countText(value))
    label.style.bottom = `${value / most * 100}%`
    return label
  }))
  const hasDays = bucket < 86_400n * SECOND
  const ticks = [0, 1, 2, 3, 4].map((i) => {
    const [day, clock] = timeParts(timeAt(Math.round(i * (count - 1) / 4)))
    return el('span', {}, `${i === 0 || to - from > 129_600n * SECOND ? `${day} ` : ''}${hasDays ? clock.slice(0, bucket < 60n * SECOND ? 8 : 5) : ''}`)
  })
  byId('chart').replaceChildren(el('div', { class: 'plot' }, chart, scale), el('div', { class: 'ticks', title: zoneName() }, ticks))
}
