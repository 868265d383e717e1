import type { Proof } from '@croupier/protocol';
import { useId, useState } from 'react';
import { t } from '../text/t';
import styles from './HistoryPage.module.css';
import { readProof } from './proof';
import { Verification } from './Verification';

/** Checks a proof that somebody else has handed over. */
export default function VerifyPage() {
  const [proof, setProof] = useState<Proof>();
  const [problem, setProblem] = useState<string>();
  const [version, setVersion] = useState(0);
  const file = useId();
  const paste = useId();
  function take(text: string) {
    setVersion((count) => count + 1);
    setProof(undefined);
    setProblem(undefined);
    if (text.trim() === '') return;
    try {
      setProof(readProof(text));
    } catch (error) {
      setProblem(error instanceof SyntaxError ? t('verify.unreadable') : t('verify.broken'));
    }
  }
  return (
    <>
      <h1>{t('verify.title')}</h1>
      <p>{t('verify.text')}</p>
      <div className={styles.form}>
        <label htmlFor={file}>{t('verify.file')}</label>
        <input
          id={file}
          type="file"
          accept="application/json,.json"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            if (chosen !== undefined) void chosen.text().then(take);
          }}
        />
        <label htmlFor={paste}>{t('verify.paste')}</label>
        <textarea id={paste} spellCheck={false} onChange={(event) => take(event.target.value)} />
      </div>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {proof !== undefined && <Verification key={version} proof={proof} />}
    </>
  );
}
