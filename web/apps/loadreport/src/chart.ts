/** Charts by uPlot: one for a span of time, one for a distribution. */

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from './dom';
import { ninesLabel, ninesSplits } from './nines';

/** A line of a chart. */
export interface Line {
  label: string;
  /** Its own values of x, ascending. */
  x: readonly number[];
  y: readonly (number | null)[];
  /** The name of a custom property. */
  color: string;
  /** The second run of a comparison. */
  dashed?: boolean;
  /** Filled down to zero. */
  filled?: boolean;
}

/** What a chart shows. */
export interface ChartContent {
  title: string;
  note?: string;
  lines: readonly Line[];
  write: (value: number) => string;
  axis: 'time' | 'nines';
  /** May be drawn on a logarithmic axis: for values that are never 0. */
  wide?: boolean;
  /** In which span bets were made; what lies outside is shaded. */
  span?: readonly [number, number] | undefined;
  /** What the axis of x shows at least, so that charts beside each other agree. */
  extent?: readonly [number, number] | undefined;
}

const HEIGHT = 230;
const LABEL_FONT = '11px system-ui, sans-serif';
const drawn = new Set<() => void>();

let logarithmic = false;

/** Draw what spans orders of magnitude on a logarithmic axis, or on a linear one again. */
export function setLogarithmic(on: boolean): void {
  logarithmic = on;
  redrawAll();
}

/** Whether the logarithmic axis is in use. */
export function isLogarithmic(): boolean {
  return logarithmic;
}

/** Draw every chart anew, after the colours or the axis have changed. */
export function redrawAll(): void {
  for (const draw of drawn) draw();
}

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Join the lines on one axis; where a line has no value of its own it is drawn through. */
export function joined(
  lines: readonly Line[],
  extent?: readonly [number, number],
): uPlot.AlignedData {
  const tables = lines.map((line): uPlot.AlignedData => [[...line.x], [...line.y]]);
  const [from, to] = extent ?? [];
  if (from !== undefined && to !== undefined && from < to)
    tables.push([
      [from, to],
      [null, null],
    ]);
  const [x, ...columns] = uPlot.join(tables);
  return [x, ...columns.slice(0, lines.length)];
}

function axes(content: ChartContent): uPlot.Axis[] {
  const common: uPlot.Axis = {
    stroke: color('--muted'),
    font: LABEL_FONT,
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { stroke: color('--grid'), width: 1, size: 4 },
  };
  const x: uPlot.Axis =
    content.axis === 'time'
      ? { ...common, size: 28, values: (_, splits) => splits.map((at) => `${at} s`) }
      : {
          ...common,
          size: 28,
          splits: (_, __, ___, most) => ninesSplits(most),
          values: (_, splits) => splits.map(ninesLabel),
        };
  const y: uPlot.Axis = {
    ...common,
    size: 70,
    values: (_, splits) => splits.map((value) => (value === null ? '' : content.write(value))),
  };
  return [x, y];
}

function shade(span: readonly [number, number]): (plot: uPlot) => void {
  return (plot) => {
    const { ctx, bbox } = plot;
    const [from, to] = [plot.valToPos(span[0], 'x', true), plot.valToPos(span[1], 'x', true)];
    ctx.save();
    ctx.fillStyle = color('--shade');
    const right = bbox.left + bbox.width;
    if (from > bbox.left) ctx.fillRect(bbox.left, bbox.top, from - bbox.left, bbox.height);
    if (to < right) ctx.fillRect(to, bbox.top, right - to, bbox.height);
    ctx.restore();
  };
}

function series(content: ChartContent): uPlot.Series[] {
  const x: uPlot.Series = {
    label: content.axis === 'time' ? 'time' : 'share',
    value: (_, at) => {
      if (at === null || at === undefined) return '–';
      return content.axis === 'time'
        ? `${at.toFixed(1)} s`
        : `${(100 - 100 / 10 ** at).toPrecision(6)} %`;
    },
  };
  const lines = content.lines.map((line): uPlot.Series => {
    const stroke = color(line.color);
    return {
      label: line.label,
      stroke,
      width: 1.75,
      ...(line.dashed === true ? { dash: [6, 4] } : {}),
      ...(line.filled === true ? { fill: `${stroke}22` } : {}),
      points: { show: content.axis === 'time' && line.x.length <= 60, size: 4, fill: stroke },
      value: (_, value) => (value === null || value === undefined ? '–' : content.write(value)),
    };
  });
  return [x, ...lines];
}

function options(content: ChartContent, width: number): uPlot.Options {
  return {
    width,
    height: HEIGHT,
    axes: axes(content),
    series: series(content),
    scales: {
      x: { time: false },
      y:
        logarithmic && content.wide === true
          ? { distr: 3 }
          : { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] },
    },
    cursor: content.axis === 'time' ? { sync: { key: 'time' } } : {},
    legend: { live: true },
    hooks: content.span === undefined ? {} : { drawClear: [shade(content.span)] },
  };
}

/** Make a chart, or nothing where there is nothing to draw. */
export function chart(content: ChartContent): HTMLElement | null {
  const shown = content.lines.filter((line) => line.y.some((value) => value !== null));
  if (shown.length === 0) return null;
  const kept = { ...content, lines: shown };
  const place = element('div', 'plot');
  const box = element(
    'figure',
    'chart',
    element('figcaption', '', content.title),
    content.note === undefined ? null : element('p', 'note', content.note),
    place,
  );
  const data = joined(shown, content.extent);
  let plot: uPlot | undefined;
  const draw = (): void => {
    if (place.clientWidth === 0) return;
    plot?.destroy();
    plot = new uPlot(options(kept, place.clientWidth), data, place);
  };
  drawn.add(draw);
  const fit = (): void => {
    if (plot === undefined) draw();
    else if (plot.width !== place.clientWidth) {
      plot.setSize({ width: place.clientWidth, height: HEIGHT });
    }
  };
  // Not within the observer itself: the plot changes the height of its own place.
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(place);
  return box;
}
