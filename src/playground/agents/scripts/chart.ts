import { type Canvas, createCanvas, LETTER_WIDTH } from './canvas.ts';
import { encodePng } from './png.ts';

/** A column of numbers; null where a row has none. */
export interface Series {
  name: string;
  values: (number | null)[];
}

const MOST_PANELS = 6;
const MOST_BARS = 60;
const WIDTH = 760;
const PANEL_HEIGHT = 170;
const MARGIN = 20;
const PLOT = { left: MARGIN, width: 620, top: 40, height: 96 };
const COLOURS = ['#ffffff', '#1d2330', '#6b7280', '#e3e6eb', '#3b6fd8', '#d9772b', '#2f9467', '#a4508b'];
const [INK, SOFT, LINE, FIRST_BAR] = [1, 2, 3, 4];
const BAR_COLOURS = COLOURS.length - FIRST_BAR;

/** A PNG with one panel of bars for each column, each to its own scale; a bar is one row, or the mean of several. */
export function drawChart(series: Series[], labels: string[] = []): Uint8Array {
  const panels = series.slice(0, MOST_PANELS);
  const canvas = createCanvas(WIDTH, panels.length * PANEL_HEIGHT + MARGIN);
  for (const [index, one] of panels.entries()) {
    drawPanel(canvas, { one, labels, top: index * PANEL_HEIGHT, colour: FIRST_BAR + (index % BAR_COLOURS) });
  }
  return encodePng({ ...canvas, colours: COLOURS });
}

interface Panel {
  one: Series;
  labels: string[];
  top: number;
  colour: number;
}

function drawPanel(canvas: Canvas, { one, labels, top, colour }: Panel): void {
  const bars = barsOf(one.values);
  const known = bars.filter((value) => value !== null);
  const [lowest, highest] = [Math.min(0, ...known), Math.max(0, ...known)];
  const range = highest - lowest || 1;
  const yOf = (value: number) => top + PLOT.top + ((highest - value) / range) * PLOT.height;
  canvas.write(cut(one.name, 50), { x: PLOT.left, y: top + 14, scale: 3, colour: INK });
  for (const value of [lowest, (lowest + highest) / 2, highest]) {
    canvas.fill({ x: PLOT.left, y: yOf(value), width: PLOT.width, height: 1 }, LINE);
    canvas.write(inShort(value), { x: PLOT.left + PLOT.width + 8, y: yOf(value) - 5, scale: 2, colour: SOFT });
  }
  const slot = PLOT.width / bars.length;
  const gap = Math.min(8, slot * 0.25);
  for (const [index, value] of bars.entries()) {
    const x = PLOT.left + index * slot;
    const [from, to] = [yOf(Math.max(0, value ?? 0)), yOf(Math.min(0, value ?? 0))];
    canvas.fill({ x: x + gap / 2, y: from, width: Math.max(1, slot - gap), height: to - from }, colour);
    const fits = Math.floor((slot - 2) / (LETTER_WIDTH * 2));
    const label = bars.length === one.values.length && fits >= 3 ? cut(labels[index] ?? '', fits) : '';
    canvas.write(label, { x: x + gap / 2, y: top + PLOT.top + PLOT.height + 8, scale: 2, colour: SOFT });
  }
  canvas.fill({ x: PLOT.left, y: yOf(0), width: PLOT.width, height: 1 }, SOFT);
}

/** As many as can be told apart: means of neighbours where there are more rows. */
function barsOf(values: (number | null)[]): (number | null)[] {
  const count = Math.min(MOST_BARS, values.length);
  return Array.from({ length: count }, (_, bar) => {
    const [from, to] = [bar, bar + 1].map((edge) => Math.round((edge / count) * values.length));
    const known = values.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}

function inShort(value: number): string {
  if (Math.abs(value) >= 1_000_000) return `${Math.round(value / 100_000) / 10}M`;
  if (Math.abs(value) >= 10_000) return `${Math.round(value / 100) / 10}K`;
  return String(Math.round(value * 100) / 100);
}

function cut(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) : text;
}
