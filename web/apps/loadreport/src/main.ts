/** The load report: reads the runs out of the page and shows them. */

import './style.css';
import { isLogarithmic, setLogarithmic } from './chart';
import { percentile, type Run, readRuns } from './data';
import { button, element } from './dom';
import { downloads, environment } from './environment';
import { count, figure, moment } from './format';
import { percentiles } from './percentiles';
import { serverMetrics } from './server';
import { thresholds, tiles, warnings } from './summary';
import { errorTable, gameTable, messageTable } from './tables';
import { followSystem, toggleTheme } from './theme';
import { overTime } from './time-charts';

const SPREAD = 100;

function described({ figures }: Run): string {
  const server = figures.detail?.options?.http;
  const how =
    figures.mode === 'open'
      ? `${figure(figures.rate)} bets a second`
      : 'each bets when he has his answer';
  return [
    typeof server === 'string' ? server : null,
    moment(figures.started_ms),
    `${figure(figures.seconds)} s`,
    `${count(figures.players)} players`,
    how,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function header(runs: readonly Run[]): HTMLElement {
  const title = runs.length > 1 ? runs.map(({ name }) => name).join(' against ') : 'Load report';
  document.title = runs.length > 1 ? `Load report: ${title}` : `Load report: ${runs[0]?.name}`;
  const lines = runs.map((run, index) =>
    element(
      'p',
      index > 0 ? 'run second' : 'run',
      runs.length > 1 ? element('strong', '', `${run.name}: `) : null,
      described(run),
    ),
  );
  const tools = element(
    'div',
    'tools',
    downloads(runs),
    button('Print', () => window.print()),
    button('Linear or logarithmic', () => setLogarithmic(!isLogarithmic())),
    button('Light or dark', toggleTheme),
  );
  return element('header', '', element('div', '', element('h1', '', title), ...lines), tools);
}

/** Whether the longest answers would press all others flat on a linear axis. */
function spreads({ figures }: Run): boolean {
  const usual = percentile(figures, 'p50');
  const longest = percentile(figures, 'max');
  return usual !== null && longest !== null && longest > SPREAD * usual;
}

function show(page: HTMLElement, runs: readonly Run[]): void {
  const parts = [
    header(runs),
    warnings(runs),
    thresholds(runs),
    tiles(runs),
    overTime(runs),
    percentiles(runs),
    errorTable(runs),
    gameTable(runs),
    messageTable(runs),
    serverMetrics(runs),
    environment(runs),
  ];
  setLogarithmic(runs.some(spreads));
  for (const part of parts) if (part !== null) page.append(part);
}

const page = document.getElementById('report');
const runs = readRuns(document.getElementById('load-report')?.textContent ?? 'null');
followSystem();
if (page !== null) {
  if (typeof runs === 'string') page.append(element('p', 'note', runs));
  else show(page, runs);
}
