import { Button } from '@croupier/ui';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { ask } from '../api';
import type { TextName } from '../text/english';
import { sentence } from '../text/refusals';
import { t } from '../text/t';
import type { ActionDone, TableRow } from '../types';
import styles from './parts.module.css';

export type Action = 'pause' | 'resume' | 'open' | 'close' | 'void';

interface ActionDialogProps {
  readonly action: Action;
  readonly row: TableRow;
  /** The round as it was when the dialog was opened: no later one is voided. */
  readonly round: string | null;
  readonly close: (told: string | undefined) => void;
}

/** Asks for the reason, has the server record it, and does it. */
export function ActionDialog({ action, row, round, close }: ActionDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState('');
  const [working, setWorking] = useState(false);
  const id = useId();
  const name = t(`action.${action}`);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  async function send(event: FormEvent) {
    event.preventDefault();
    if (working) return;
    setWorking(true);
    setProblem('');
    const answer = await ask<ActionDone>(
      'POST',
      `/tables/${encodeURIComponent(row.id)}/${action}`,
      action === 'void' ? { reason, round } : { reason },
    );
    setWorking(false);
    if (answer.ok) close(t('action.done', { action: name, record: answer.value.record }));
    else setProblem(sentence(answer.refusal));
  }
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={`${id}-title`}
      onClose={() => close(undefined)}
      onCancel={(event) => {
        // What was asked for goes on: its answer must be seen.
        if (working) event.preventDefault();
      }}
    >
      <form className={styles.form} onSubmit={(event) => void send(event)}>
        <h2 id={`${id}-title`}>{t('action.title', { action: name, table: row.title })}</h2>
        <p>{t(`action.${action}.text` as TextName, { round: round ?? '' })}</p>
        <div className={styles.field}>
          <label htmlFor={`${id}-reason`}>{t('action.reason')}</label>
          <textarea
            id={`${id}-reason`}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            aria-describedby={`${id}-help`}
            required
            minLength={3}
            maxLength={500}
            rows={3}
          />
          <span id={`${id}-help`} className={styles.help}>
            {t('action.reasonHelp')}
          </span>
        </div>
        {problem !== '' && (
          <p role="alert" className={styles.problem}>
            {problem}
          </p>
        )}
        <div className={styles.buttons}>
          <Button look="main" type="submit" disabled={working}>
            {working ? t('action.working') : name}
          </Button>
          <Button disabled={working} onClick={() => dialog.current?.close()}>
            {t('action.cancel')}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
