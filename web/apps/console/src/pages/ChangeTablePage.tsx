import { Button } from '@croupier/ui';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import parts from '../parts/parts.module.css';
import { ReasonField } from '../parts/ReasonField';
import { TermsFields } from '../parts/TermsFields';
import { useAnswer } from '../state/answer';
import { useLive } from '../state/live';
import { useSending } from '../state/sending';
import { CLOCKS, said, textOf } from '../state/terms';
import { sentence } from '../text/refusals';
import { t } from '../text/t';
import { momentText } from '../text/times';
import type { TableMade, TableTerms } from '../types';
import styles from './pages.module.css';

const FIELDS = ['minimum', 'maximum', 'seats', ...CLOCKS, 'reason'];

/** Changes limits, seats and clocks of a table that is paused or closed. */
export function ChangeTablePage({ id }: { id: string }) {
  const path = `/tables/${encodeURIComponent(id)}`;
  const { value: terms, refusal, again } = useAnswer<TableTerms>(`${path}/terms`);
  const [told, setTold] = useState('');
  const done = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (told !== '') done.current?.focus();
  }, [told]);
  return (
    <>
      <p>
        <Link href={path} className={parts.link}>
          ← {terms?.title ?? id}
        </Link>
      </p>
      <h1>{t('change.title', { table: terms?.title ?? id })}</h1>
      {terms === undefined && refusal === undefined && <p role="status">{t('app.loading')}</p>}
      {terms === undefined && refusal !== undefined && (
        <div role="alert" className={parts.problem}>
          <p>{sentence(refusal)}</p>
          <Button onClick={again}>{t('app.retry')}</Button>
        </div>
      )}
      {told !== '' && (
        <p ref={done} tabIndex={-1} className={parts.done}>
          {told}
        </p>
      )}
      {terms !== undefined && told === '' && (
        <ChangeForm path={path} terms={terms} done={setTold} />
      )}
    </>
  );
}

interface ChangeFormProps {
  readonly path: string;
  readonly terms: TableTerms;
  /** Says what was done, in a sentence. */
  readonly done: (told: string) => void;
}

function ChangeForm({ path, terms, done }: ChangeFormProps) {
  const row = useLive((state) => state.tables.get(terms.id));
  const [text, setText] = useState(() => textOf(terms));
  const [reason, setReason] = useState('');
  const { working, problem, trouble, send } = useSending(FIELDS);
  async function submit(event: FormEvent) {
    event.preventDefault();
    const answer = await send<TableMade>(`${path}/terms`, { ...said(text), reason });
    if (answer?.ok) done(t('change.done', { record: answer.value.record }));
  }
  async function revert() {
    const answer = await send<TableMade>(`${path}/revert`, { reason });
    if (answer?.ok) done(t('change.reverted', { record: answer.value.record }));
  }
  return (
    <form className={`${parts.form} ${styles.making}`} onSubmit={(event) => void submit(event)}>
      <p>{t('change.text')}</p>
      <p className={parts.muted}>
        {terms.origin === 'config'
          ? t('change.config')
          : t('change.origin', {
              who: terms.origin.replace(/^\w+:/, ''),
              time: momentText(terms.changed_ms ?? terms.made_ms),
            })}
      </p>
      {/* The server decides; this only says it before a form is filled in for nothing. */}
      <div role="status">
        {row?.state === 'open' && <p className={parts.problem}>{t('change.open')}</p>}
      </div>
      <TermsFields
        text={text}
        currency={terms.currency}
        seatsMax={terms.seats_max}
        turns={terms.style === 'turns'}
        problem={problem}
        change={(name, value) => setText({ ...text, [name]: value })}
      />
      <ReasonField value={reason} problem={problem('reason')} change={setReason} />
      {trouble !== '' && (
        <p role="alert" className={parts.problem}>
          {trouble}
        </p>
      )}
      <div className={parts.buttons}>
        <Button look="main" type="submit" disabled={working}>
          {t(working ? 'action.working' : 'change.button')}
        </Button>
      </div>
      {terms.configured && terms.origin !== 'config' && (
        <>
          <p>{t('change.revertText')}</p>
          <div className={parts.buttons}>
            <Button disabled={working} onClick={() => void revert()}>
              {t(working ? 'action.working' : 'change.revert')}
            </Button>
          </div>
        </>
      )}
    </form>
  );
}
