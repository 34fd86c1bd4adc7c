// Curves as one SVG: a panel each, both axes logarithmic, so that a cost that stays is a level line.
import type { Curve } from './cost.ts'

const WIDTH = 400
const HEIGHT = 230
const MARGIN = { left: 56, right: 16, top: 60, bottom: 40 } as const
const COLUMNS = 2

export function plot(curves: readonly Curve[], title: string): string {
  const rows = Math.ceil(curves.length / COLUMNS)
  const [width, height] = [WIDTH * COLUMNS, HEIGHT * rows + 30]
  const panels = curves.map((curve, index) => panel(curve, (index % COLUMNS) * WIDTH, Math.floor(index / COLUMNS) * HEIGHT))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    '<title>What one more stream, and one more connection, costs</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels,
    `<text x="12" y="${height - 10}" fill="#666">${escaped(title)}</text>`,
    '</svg>',
    '',
  ].join('\n')
}

function panel({ name, unit, points }: Curve, left: number, top: number): string {
  const counts = points.map(({ count }) => count)
  const costs = points.map(({ cost }) => cost)
  const [low, high] = [10 ** Math.floor(Math.log10(Math.min(...costs))), 10 ** Math.ceil(Math.log10(Math.max(...costs)))]
  const x = (count: number): number =>
    left + MARGIN.left + share(count, Math.min(...counts), Math.max(...counts)) * (WIDTH - MARGIN.left - MARGIN.right)
  const y = (cost: number): number => top + HEIGHT - MARGIN.bottom - share(cost, low, high) * (HEIGHT - MARGIN.top - MARGIN.bottom)
  const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, index) => low * 10 ** index)
  const grid = decades.map((value) => {
    const line = `<line x1="${at(x(counts[0]!))}" x2="${at(x(counts.at(-1)!))}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#ddd"/>`
    return `${line}<text x="${at(left + MARGIN.left - 6)}" y="${at(y(value) + 4)}" text-anchor="end" fill="#666">${digits(value)}</text>`
  })
  const ticks = counts.map(
    (count) =>
      `<text x="${at(x(count))}" y="${top + HEIGHT - MARGIN.bottom + 16}" text-anchor="middle" fill="#666">${count.toLocaleString('en')}</text>`,
  )
  const dots = points.map(({ count, cost }) => {
    const dot = `<circle cx="${at(x(count))}" cy="${at(y(cost))}" r="3" fill="#0b5"/>`
    return `${dot}<text x="${at(x(count))}" y="${at(y(cost) - 8)}" text-anchor="middle">${digits(cost)}</text>`
  })
  const path = points.map(({ count, cost }) => `${at(x(count))},${at(y(cost))}`).join(' ')
  return [
    `<text x="${left + 12}" y="${top + 20}" font-weight="bold">${escaped(name)}</text>`,
    `<text x="${left + 12}" y="${top + 34}" fill="#666">${unit}</text>`,
    ...grid,
    ...ticks,
    `<polyline points="${path}" fill="none" stroke="#0b5" stroke-width="2"/>`,
    ...dots,
  ].join('\n')
}

/** Where a value lies between two others, on a logarithmic scale. */
function share(value: number, low: number, high: number): number {
  return high === low ? 0.5 : Math.log(value / low) / Math.log(high / low)
}

function at(value: number): string {
  return value.toFixed(1)
}

function digits(value: number): string {
  return `${Number(value.toPrecision(2))}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
