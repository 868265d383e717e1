import { Button } from '@croupier/ui';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { Refusal } from '../api';
import parts from '../parts/parts.module.css';
import { useSeconds } from '../state/seconds';
import { signIn, useSession } from '../state/session';
import { sentence } from '../text/refusals';
import { t } from '../text/t';
import styles from './pages.module.css';

/** A refusal, and until when there is no use in trying again, by this page's own clock. */
interface Refused {
  readonly refusal: Refusal;
  readonly until: number;
}

/** Name, password, and a code of the authenticator or one of those for whoever has lost it. */
export function SignInPage() {
  const left = useSession((state) => state.left);
  const [recovery, setRecovery] = useState(false);
  const [working, setWorking] = useState(false);
  const [refused, setRefused] = useState<Refused>();
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const code = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    document.title = `${t('signIn.title')} – ${t('app.name')}`;
    name.current?.focus();
  }, []);
  async function send(event: FormEvent) {
    event.preventDefault();
    if (working) return;
    const [who, secret, second] = [name, password, code].map((ref) => ref.current?.value ?? '');
    if (!who?.trim() || !secret || !second?.trim()) return;
    setWorking(true);
    setRefused(undefined);
    const refusal = await signIn({
      name: who.trim(),
      password: secret,
      ...(recovery ? { recovery_code: second.trim() } : { code: second.replace(/\s/g, '') }),
    });
    setWorking(false);
    if (refusal === undefined) {
      // The form is gone, and with it the focus: a keyboard goes on at the page.
      requestAnimationFrame(() =>
        document.getElementById('content')?.focus({ preventScroll: true }),
      );
      return;
    }
    setRefused({ refusal, until: performance.now() + refusal.waitS * 1000 });
    // A code is good once, right or wrong.
    if (code.current !== null) code.current.value = '';
    code.current?.focus();
  }
  return (
    <section className={styles.signIn}>
      <h1>{t('signIn.title')}</h1>
      {left !== undefined && refused === undefined && (
        <p role="status">{t(left === 'left' ? 'signIn.left' : 'signIn.expired')}</p>
      )}
      <form className={parts.form} onSubmit={(event) => void send(event)}>
        <div className={parts.field}>
          <label htmlFor={`${id}-name`}>{t('signIn.name')}</label>
          <input
            ref={name}
            id={`${id}-name`}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
            required
          />
        </div>
        <div className={parts.field}>
          <label htmlFor={`${id}-password`}>{t('signIn.password')}</label>
          <input
            ref={password}
            id={`${id}-password`}
            name="password"
            type="password"
            autoComplete="current-password"
            maxLength={256}
            required
          />
        </div>
        <div className={parts.field}>
          <label htmlFor={`${id}-code`}>{t(recovery ? 'signIn.recovery' : 'signIn.code')}</label>
          <input
            key={String(recovery)}
            ref={code}
            id={`${id}-code`}
            name={recovery ? 'recovery' : 'code'}
            inputMode={recovery ? 'text' : 'numeric'}
            autoComplete={recovery ? 'off' : 'one-time-code'}
            autoCapitalize={recovery ? 'characters' : 'none'}
            spellCheck={false}
            maxLength={recovery ? 64 : 16}
            aria-describedby={`${id}-help`}
            required
          />
          <span id={`${id}-help`} className={parts.help}>
            {t(recovery ? 'signIn.recoveryHelp' : 'signIn.codeHelp')}
          </span>
        </div>
        {refused !== undefined && <Problem refused={refused} />}
        <div className={parts.buttons}>
          <Button look="main" type="submit" disabled={working}>
            {t(working ? 'signIn.working' : 'signIn.button')}
          </Button>
          <Button look="quiet" onClick={() => setRecovery(!recovery)}>
            {t(recovery ? 'signIn.useCode' : 'signIn.useRecovery')}
          </Button>
        </div>
      </form>
      <details>
        <summary className={styles.summary}>{t('signIn.first')}</summary>
        <p className={parts.muted}>{t('signIn.firstText')}</p>
      </details>
    </section>
  );
}

function Problem({ refused: { refusal, until } }: { refused: Refused }) {
  useSeconds();
  const waitS = Math.max(0, Math.ceil((until - performance.now()) / 1000));
  const over = refusal.waitS > 0 && waitS === 0;
  return (
    <>
      {/* Said once and with the whole time; the clock that runs is for the eyes. */}
      <p role="alert" className="visually-hidden">
        {over ? t('refused.lockedOver') : sentence(refusal)}
      </p>
      <p className={over ? parts.done : parts.problem} aria-hidden>
        {over ? t('refused.lockedOver') : sentence({ ...refusal, waitS })}
      </p>
    </>
  );
}
