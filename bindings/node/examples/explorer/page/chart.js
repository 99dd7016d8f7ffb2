// The histogram: bars of events over time, by severity. A click selects a bar, dragging selects several. For the keyboard the chart is one
// tab stop: arrows, Home and End move between the bars, with Shift they extend the selection, Enter selects.
import { byId, clockText, countText, dateOf, dayText, severityClass, svg } from './dom.js'

const MINUTE = 60_000_000_000n
const BARS = 90n
const WIDTH = 1200
const HEIGHT = 110
const FLOOR = 90

/** The possible lengths of a bar, in minutes. */
const STEPS = [1n, 2n, 5n, 10n, 15n, 30n, 60n, 120n, 180n, 360n, 720n, 1440n, 2880n, 10080n, 43200n, 129600n, 525600n]

/** Returns the smallest length of a bar with which all bars fit. */
export function bucketOf (from, to) {
  const minutes = (to - from) / MINUTE + 1n
  return (STEPS.find((step) => step * BARS >= minutes) ?? minutes / BARS + 1n) * MINUTE
}

/**
 * Draws the buckets from one time up to, but not including, another one. `pick(from, to)` is called with the selection, which is then drawn
 * larger.
 */
export function drawChart (buckets, { from, to, bucket, pick }) {
  const first = from - from % bucket
  const count = Number((to - 1n - first) / bucket) + 1
  const bars = Array.from({ length: count }, () => ({ low: 0, mid: 0, high: 0, sum: 0 }))
  for (const { start_ns: start, value, count: events } of buckets) {
    const bar = bars[Number((BigInt(start) - first) / bucket)]
    if (!bar) continue
    bar[severityClass(Number(value))] += events
    bar.sum += events
  }
  const most = Math.max(1, ...bars.map((bar) => bar.sum))
  const step = WIDTH / count
  const timeAt = (index) => first + BigInt(index) * bucket
  const chart = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'group', 'aria-label': 'Bars: arrows move, Shift extends the selection, Enter selects' })
  let begin
  // The bars that have events, and the one that has the keyboard focus.
  const full = bars.flatMap((bar, index) => bar.sum ? [index] : [])
  let current = full.at(-1)
  let anchor = current
  const mark = (a, b) => groups.forEach((group, i) => group.classList.toggle('marked', i >= Math.min(a, b) && i <= Math.max(a, b)))
  const groups = bars.map((bar, index) => {
    const start = dateOf(timeAt(index))
    const label = `${dayText(start)} ${clockText(start)}: ${countText(bar.sum)} events${bar.high ? `, ${countText(bar.high)} of them errors and above` : ''}`
    const group = svg('g', { class: 'bar', tabindex: bar.sum ? (index === current ? '0' : '-1') : undefined, role: 'button', 'aria-label': label }, svg('title', {}, label))
    group.append(svg('rect', { class: 'hit', x: index * step, y: 0, width: step, height: FLOOR }))
    let y = FLOOR
    for (const part of ['low', 'mid', 'high']) {
      if (!bar[part]) continue
      // Makes even one error among thousands visible.
      const height = Math.max(2, bar[part] / most * (FLOOR - 6))
      y -= height
      group.append(svg('rect', { class: part, x: index * step + step * 0.1, y, width: step * 0.8, height }))
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
  chart.append(...groups, svg('line', { class: 'axis', x1: 0, x2: WIDTH, y1: FLOOR, y2: FLOOR }))
  const labels = document.createElement('div')
  labels.className = 'ticks'
  const manyDays = to - from > 36n * 60n * MINUTE
  for (let i = 0; i < 6; i++) {
    const date = dateOf(timeAt(Math.round(i * (count - 1) / 5)))
    const tick = document.createElement('span')
    tick.textContent = manyDays || i === 0 ? `${dayText(date)}${bucket < 1440n * MINUTE ? ' ' + clockText(date) : ''}` : clockText(date)
    labels.append(tick)
  }
  byId('chart').replaceChildren(chart, labels)
}
