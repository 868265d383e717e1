import { Button } from '@croupier/ui';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Field } from '../parts/Field';
import parts from '../parts/parts.module.css';
import { ReasonField } from '../parts/ReasonField';
import { TermsFields } from '../parts/TermsFields';
import { useAnswer } from '../state/answer';
import { useSending } from '../state/sending';
import { retyped, said, type TermsText, usual } from '../state/terms';
import { sentence } from '../text/refusals';
import { t } from '../text/t';
import type { CurrencyOffer, GameOffer, TableMade, TableOffer } from '../types';
import styles from './pages.module.css';

const FIELDS = [
  'game',
  'title',
  'currency',
  'minimum',
  'maximum',
  'seats',
  'betting_ms',
  'draw_ms',
  'decision_ms',
  'result_ms',
  'seat_hold_ms',
  'reason',
];
const USUAL_CURRENCY = 'EUR';

/** Makes a live table: the server checks it, and some node runs it at once. */
export function NewTablePage() {
  const { value: offer, refusal, again } = useAnswer<TableOffer>('/tables/offer');
  const [made, setMade] = useState<{ title: string; table: TableMade }>();
  return (
    <>
      <p>
        <Link href="/tables" className={parts.link}>
          ← {t('table.back')}
        </Link>
      </p>
      <h1>{t('make.title')}</h1>
      {offer === undefined && refusal === undefined && <p role="status">{t('app.loading')}</p>}
      {offer === undefined && refusal !== undefined && (
        <div role="alert" className={parts.problem}>
          <p>{sentence(refusal)}</p>
          <Button onClick={again}>{t('app.retry')}</Button>
        </div>
      )}
      {made !== undefined && <Made {...made} another={() => setMade(undefined)} />}
      {offer !== undefined && made === undefined && (
        <MakeForm offer={offer} made={(title, table) => setMade({ title, table })} />
      )}
    </>
  );
}

interface MakeFormProps {
  readonly offer: TableOffer;
  readonly made: (title: string, table: TableMade) => void;
}

function MakeForm({ offer, made }: MakeFormProps) {
  const { games, currencies } = offer;
  const [game, setGame] = useState(games.find(({ name }) => name === 'roulette') ?? games[0]);
  const [currency, setCurrency] = useState(
    currencies.find(({ code }) => code === USUAL_CURRENCY) ?? currencies[0],
  );
  const [text, setText] = useState(() => usualText(game, currency));
  const [title, setTitle] = useState('');
  const [closed, setClosed] = useState(false);
  const [reason, setReason] = useState('');
  const { working, problem, trouble, send } = useSending(FIELDS);
  if (game === undefined || currency === undefined || text === undefined) {
    return <p role="status">{t('make.nothing')}</p>;
  }
  const choose = (nextGame: GameOffer | undefined, nextCurrency: CurrencyOffer | undefined) => {
    if (nextGame === undefined || nextCurrency === undefined) return;
    setText(retyped(text, usualText(game, currency), usual(nextGame, nextCurrency)));
    setGame(nextGame);
    setCurrency(nextCurrency);
  };
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (game === undefined || currency === undefined || text === undefined) return;
    const body = { game: game.name, title: title.trim(), currency: currency.code, ...said(text) };
    const answer = await send<TableMade>('/tables', { ...body, closed, reason });
    if (answer?.ok) made(body.title, answer.value);
  }
  return (
    <form className={`${parts.form} ${styles.making}`} onSubmit={(event) => void submit(event)}>
      <div className={parts.grid}>
        <Field label={t('column.game')} problem={problem('game')}>
          {(control) => (
            <select
              {...control}
              value={game.name}
              onChange={(event) =>
                choose(
                  games.find(({ name }) => name === event.target.value),
                  currency,
                )
              }
            >
              {games.map(({ name, title: text }) => (
                <option key={name} value={name}>
                  {text} ({name})
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('make.name')} help={t('make.nameHelp')} problem={problem('title')}>
          {(control) => (
            <input
              {...control}
              value={title}
              onChange={(event) => setTitle(event.target.value)}
              autoComplete="off"
              maxLength={64}
              required
            />
          )}
        </Field>
        <Field label={t('make.currency')} problem={problem('currency')}>
          {(control) => (
            <select
              {...control}
              value={currency.code}
              onChange={(event) =>
                choose(
                  game,
                  currencies.find(({ code }) => code === event.target.value),
                )
              }
            >
              {currencies.map(({ code }) => (
                <option key={code}>{code}</option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <TermsFields
        text={text}
        currency={currency.code}
        seatsMax={game.seats_max}
        turns={game.style === 'turns'}
        problem={problem}
        change={(name, value) => setText({ ...text, [name]: value })}
      />
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={closed}
          onChange={(event) => setClosed(event.target.checked)}
        />
        {t('make.closed')}
      </label>
      <ReasonField value={reason} problem={problem('reason')} change={setReason} />
      {trouble !== '' && (
        <p role="alert" className={parts.problem}>
          {trouble}
        </p>
      )}
      <div className={parts.buttons}>
        <Button look="main" type="submit" disabled={working}>
          {t(working ? 'action.working' : 'make.button')}
        </Button>
      </div>
    </form>
  );
}

function usualText(
  game: GameOffer | undefined,
  currency: CurrencyOffer | undefined,
): TermsText | undefined {
  return game === undefined || currency === undefined ? undefined : usual(game, currency);
}

interface MadeProps {
  readonly title: string;
  readonly table: TableMade;
  readonly another: () => void;
}

function Made({ title, table, another }: MadeProps) {
  const told = useRef<HTMLParagraphElement>(null);
  useEffect(() => told.current?.focus(), []);
  return (
    <section className={styles.part}>
      {/* The form is gone, and with it the focus: a keyboard and a reader go on here. */}
      <p ref={told} tabIndex={-1} className={parts.done}>
        {t('make.done', { table: title, record: table.record })}{' '}
        {table.table === null && t('make.notYet')}
      </p>
      <p>
        <Link href={`/tables/${encodeURIComponent(table.id)}`} className={parts.link}>
          {t('make.look', { table: title })}
        </Link>
      </p>
      <div className={parts.buttons}>
        <Button onClick={another}>{t('make.another')}</Button>
      </div>
    </section>
  );
}
