import { type KeyboardEvent, memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { COLUMNS, type Column, heldOrder, type View, visibleRange } from '../state/grid';
import type { LiveRow } from '../state/live';
import { t } from '../text/t';
import { StateBadge } from './Badge';
import { Money } from './Money';
import { PhaseClock } from './PhaseClock';
import styles from './TableGrid.module.css';

/** The height of a row, as the style has it. */
const ROW_PX = 44;
/** Rows drawn above and below what can be seen, so that a quick scroll shows no gap. */
const BEYOND = 6;
const NUMBERS: ReadonlySet<Column> = new Set(['players', 'watchers', 'held']);

interface TableGridProps {
  readonly tables: ReadonlyMap<string, LiveRow>;
  /** The ids in the order of this moment. */
  readonly fresh: readonly string[];
  readonly view: View;
  readonly change: (changes: Partial<View>) => void;
}

/** The grid. Only the rows in sight are drawn, so that 500 tables cost what 30 do. */
export function TableGrid({ tables, fresh, view, change }: TableGridProps) {
  const box = useRef<HTMLElement>(null);
  const wantedFocus = useRef<number>(undefined);
  const { scrollTop, height, scrolled } = useWindow(box);
  const [among, setAmong] = useState({ pointer: false, focus: false });
  const held = among.pointer || among.focus;
  const order = useOrder(tables, fresh, view, held);
  const [first, last] = visibleRange(scrollTop, height, ROW_PX, order.length, BEYOND);

  function focusWanted() {
    const index = wantedFocus.current;
    if (index === undefined) return;
    const link = box.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
    if (!link) return;
    wantedFocus.current = undefined;
    link.focus({ preventScroll: true });
  }

  // A row that is drawn only now takes the focus that a key has sent it.
  useLayoutEffect(focusWanted);

  function goTo(index: number) {
    const found = box.current;
    if (found === null) return;
    const target = Math.min(order.length - 1, Math.max(0, index));
    const head = found.querySelector('thead')?.offsetHeight ?? 0;
    const top = target * ROW_PX;
    if (top < found.scrollTop) found.scrollTop = top;
    else if (top + ROW_PX > found.scrollTop + found.clientHeight - head) {
      found.scrollTop = top + ROW_PX - found.clientHeight + head;
    }
    wantedFocus.current = target;
    focusWanted();
    scrolled();
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
    if (row === null) return;
    const index = Number(row.dataset.index);
    const page = Math.max(1, Math.floor(height / ROW_PX) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: order.length - 1,
    };
    const target = steps[event.key];
    if (target === undefined) return;
    event.preventDefault();
    goTo(target);
  }

  return (
    <>
      <section
        ref={box}
        className={styles.box}
        aria-label={t('tables.grid')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by key
        tabIndex={0}
        onScroll={scrolled}
        onKeyDown={onKeyDown}
      >
        <table className={styles.grid} aria-rowcount={order.length + 1}>
          <Head view={view} change={change} />
          <tbody
            onPointerEnter={() => setAmong((now) => ({ ...now, pointer: true }))}
            onPointerLeave={() => setAmong((now) => ({ ...now, pointer: false }))}
            onFocus={() => setAmong((now) => ({ ...now, focus: true }))}
            onBlur={(event) => {
              const inside = event.currentTarget.contains(event.relatedTarget);
              if (!inside) setAmong((now) => ({ ...now, focus: false }));
            }}
          >
            <Spacer rows={first} />
            {order.slice(first, last).map((id, place) => {
              const row = tables.get(id);
              return row && <Row key={id} row={row} index={first + place} />;
            })}
            <Spacer rows={order.length - last} />
          </tbody>
        </table>
      </section>
      <p className={styles.hint} data-shown={held || undefined}>
        {t('tables.holding')}
      </p>
    </>
  );
}

function Head({ view, change }: Pick<TableGridProps, 'view' | 'change'>) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map((column) => {
          const sorted = view.column === column;
          const descending = sorted && view.descending;
          return (
            <th
              key={column}
              scope="col"
              data-column={column}
              aria-sort={sorted ? (descending ? 'descending' : 'ascending') : undefined}
            >
              <button
                type="button"
                className={styles.sort}
                onClick={() =>
                  // What is counted is first wanted with the highest above.
                  change({
                    column,
                    descending: sorted
                      ? !view.descending
                      : NUMBERS.has(column) || column === 'alerts',
                  })
                }
              >
                {t(`column.${column}`)}
                <span aria-hidden>{sorted ? (descending ? ' ▼' : ' ▲') : ''}</span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

/** Stands for rows that are not drawn. */
function Spacer({ rows }: { rows: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={COLUMNS.length} style={{ blockSize: rows * ROW_PX, padding: 0, border: 0 }} />
    </tr>
  );
}

const Row = memo(function Row({ row, index }: { row: LiveRow; index: number }) {
  return (
    <tr
      aria-rowindex={index + 2}
      data-index={index}
      data-table={row.id}
      data-alerts={row.alerts.length > 0 || undefined}
    >
      <td data-column="title">
        <Link href={`/tables/${encodeURIComponent(row.id)}`}>{row.title}</Link>
      </td>
      <td>{row.game}</td>
      <td>
        <StateBadge state={row.state} />
      </td>
      <td>
        <PhaseClock phase={row.phase} until={row.until} />
      </td>
      <td data-column="players">{row.seats > 0 ? `${row.players} / ${row.seats}` : row.players}</td>
      <td data-column="watchers">{row.watchers}</td>
      <td data-column="held">
        <Money amount={row.held} of={row} />
      </td>
      <td title={row.last_result}>{row.last_result}</td>
      <td>{row.node}</td>
      <td data-column="alerts" title={row.alerts.join(', ')}>
        {row.alerts.join(', ')}
      </td>
    </tr>
  );
});

/** How far the box is scrolled, and how high it is. */
function useWindow(box: React.RefObject<HTMLElement | null>) {
  const [seen, setSeen] = useState({ scrollTop: 0, height: 800 });
  const scrolled = () => {
    const found = box.current;
    if (found === null) return;
    const { scrollTop, clientHeight: height } = found;
    setSeen((before) =>
      before.scrollTop === scrollTop && before.height === height ? before : { scrollTop, height },
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it reads nothing but the box
  useEffect(() => {
    const found = box.current;
    if (found === null) return;
    const observer = new ResizeObserver(scrolled);
    observer.observe(found);
    return () => observer.disconnect();
  }, []);
  return { ...seen, scrolled };
}

/** The order of the rows: while somebody is among them they stay where they are. */
function useOrder(
  tables: ReadonlyMap<string, LiveRow>,
  fresh: readonly string[],
  view: View,
  held: boolean,
): readonly string[] {
  const last = useRef<{ view: View; order: readonly string[] }>(undefined);
  const before = last.current;
  const order =
    held && before !== undefined && before.view === view
      ? heldOrder(before.order, tables, view)
      : fresh;
  useEffect(() => {
    last.current = { view, order };
  });
  return order;
}
