/** Where and how the runs were made, so that they can be made again. */

import type { Figures, Run } from './data';
import { button, type Cell, element, section, table } from './dom';
import { moment } from './format';

function text(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(text).join(', ');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, weight]) => `${name}=${text(weight)}`)
      .join(', ');
  }
  return String(value);
}

function facts(figures: Figures): Map<string, string> {
  const found = new Map<string, string>();
  found.set('started', moment(figures.started_ms));
  found.set('bets made for', `${figures.seconds} s`);
  const { environment, options } = figures.detail ?? {};
  for (const [name, value] of Object.entries(environment ?? {})) {
    found.set(name.replaceAll('_', ' '), text(value));
  }
  if (environment === undefined) found.set('client', text(figures.client_version));
  const asked = options ?? {
    players: figures.players,
    rate: figures.rate,
    seed: figures.seed,
    currency: figures.currency,
  };
  for (const [name, value] of Object.entries(asked)) {
    found.set(`--${name.replace(/_(s|ms)$/, '').replaceAll('_', '-')}`, text(value));
  }
  return found;
}

/** Show versions, machine and options; of two runs side by side, differences marked. */
export function environment(runs: readonly Run[]): HTMLElement {
  const columns = runs.map(({ figures }) => facts(figures));
  const names = new Set(columns.flatMap((column) => [...column.keys()]));
  const rows = [...names].map((name): Cell[] => {
    const values = columns.map((column) => column.get(name) ?? '–');
    const differs = new Set(values).size > 1;
    return [name, ...values.map((value) => (differs ? element('strong', '', value) : value))];
  });
  return section(
    'Environment',
    table([{ title: '' }, ...runs.map(({ name }) => ({ title: name }))], rows),
  );
}

/** Offer the figures as the file that `croupier load --json` writes. */
export function downloads(runs: readonly Run[]): HTMLElement {
  const box = element('span', 'buttons');
  for (const { name, figures } of runs) {
    box.append(
      button(`Download ${runs.length > 1 ? `${name}.json` : 'JSON'}`, () => {
        const content = new Blob([`${JSON.stringify(figures, null, 2)}\n`], {
          type: 'application/json',
        });
        const link = document.createElement('a');
        link.href = URL.createObjectURL(content);
        link.download = `${name.replace(/[^\w.-]+/g, '-')}.json`;
        link.click();
        URL.revokeObjectURL(link.href);
      }),
    );
  }
  return box;
}
