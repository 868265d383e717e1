/** What `client/load/report.py` puts into the page, and how it is read. */

/** A value that an interval may lack. */
export type Maybe = number | null;

/** Latencies of one kind, in milliseconds. */
export interface Latency {
  percentiles_ms: Record<string, Maybe>;
  /** Pairs of the share that does not exceed a duration, and the duration. */
  distribution: readonly (readonly [number, number])[];
}

/** The server's own metrics, a column each; counters as they stood. */
export interface ServerMetrics {
  at_s: readonly number[];
  failed: number;
  kinds: Record<string, 'counter' | 'gauge'>;
  values: Record<string, readonly Maybe[]>;
}

/** One value an interval; times in seconds from the first bet. */
export interface Series {
  interval_s: number;
  phases: readonly { name: string; at_s: number }[];
  at_s: readonly number[];
  length_s: readonly number[];
  bets: readonly number[];
  reconnects: readonly number[];
  dropped_sends: readonly number[];
  arrivals: readonly number[];
  answers: readonly number[];
  p50_ms: readonly Maybe[];
  p90_ms: readonly Maybe[];
  p95_ms: readonly Maybe[];
  p99_ms: readonly Maybe[];
  max_ms: readonly Maybe[];
  connected: readonly number[];
  busy: readonly number[];
  generator_cpu: readonly number[];
  lag_ms: readonly number[];
  errors: Record<string, readonly number[]>;
  server?: ServerMetrics;
}

/** A bound that the run was to keep. */
export interface Requirement {
  text: string;
  measured: Maybe;
  unit: string | null;
  met: boolean;
}

/** Errors of one code at one place. */
export interface ErrorGroup {
  code: string;
  where: string;
  count: number;
  first_s: number;
  last_s: number;
}

/** Answers to one type of request in one game. */
export interface MessageRow {
  game: string;
  message: string;
  answers: number;
  errors: number;
  latency_ms: Record<string, Maybe>;
}

/** What only a run with `--html` or `--series` tells. Older files hold the latency at most. */
export interface Detail {
  latency: { corrected: Latency; raw: Latency | null };
  requirements?: readonly Requirement[];
  errors?: readonly ErrorGroup[];
  messages?: readonly MessageRow[];
  options?: Record<string, unknown>;
  environment?: Record<string, unknown>;
  exponent?: number | null;
}

/** One game's share; amounts in minor units. */
export interface GameRow {
  players: number;
  bets: number;
  voided?: number;
  requests: number;
  stakes: number;
  payouts: number;
}

/** The figures of a run, as `croupier load --json` writes them. */
export interface Figures {
  bets: number;
  bets_per_s: number;
  latency_ms: Record<string, Maybe>;
  errors: Record<string, number>;
  players: number;
  seconds: number;
  games: Record<string, GameRow>;
  started_ms: number;
  seated?: number;
  mode?: 'open' | 'closed';
  rate?: Maybe;
  arrivals?: Maybe;
  dropped_sends?: number;
  generator_us?: Maybe;
  generator?: { cpu: number; lag_ms: Record<string, Maybe>; bottleneck: boolean };
  lateness_ms?: Record<string, Maybe> | null;
  currency?: string;
  missed?: readonly string[];
  reconnects?: number;
  new_sessions?: number;
  repeated?: number;
  retried?: Record<string, number>;
  unfinished?: number;
  broke?: number;
  interrupted?: boolean;
  seed?: number;
  client_version?: string;
  series?: Series;
  detail?: Detail;
}

/** A run with the name that it goes by here. */
export interface Run {
  name: string;
  figures: Figures;
}

/** Read the runs in the page, or say in a sentence why there are none. */
export function readRuns(text: string): readonly Run[] | string {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return 'The figures in this page are damaged.';
  }
  if (content === null) return 'No run has been put into this page yet.';
  if (typeof content !== 'object' || !('form' in content) || !('runs' in content)) {
    return 'The figures in this page are damaged.';
  }
  if (content.form !== 1) return 'The figures in this page are of a newer form than the page.';
  if (!Array.isArray(content.runs) || content.runs.length === 0) {
    return 'No run has been put into this page yet.';
  }
  return content.runs as Run[];
}

/** Return the sum of all counts. */
export function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Return a percentile in milliseconds, from the finest source that a run has. */
export function percentile(figures: Figures, name: string): Maybe {
  const told = figures.latency_ms[name];
  if (told !== undefined) return told;
  return figures.detail?.latency.corrected.percentiles_ms[name] ?? null;
}
