import { Button } from '@croupier/ui';
import parts from '../parts/parts.module.css';
import { Wide } from '../parts/Wide';
import { useAnswer } from '../state/answer';
import { sentence } from '../text/refusals';
import { t, tWord } from '../text/t';
import { momentText } from '../text/times';
import type { OperatorEntry } from '../types';

/** Who the operators are, for reviews of access. */
export function OperatorsPage() {
  const { value, refusal, again } = useAnswer<{ readonly operators: readonly OperatorEntry[] }>(
    '/operators',
  );
  return (
    <>
      <h1>{t('operators.title')}</h1>
      <p>{t('operators.text')}</p>
      {refusal !== undefined && (
        <>
          <p role="alert" className={parts.problem}>
            {sentence(refusal)}
          </p>
          <div>
            <Button onClick={again}>{t('app.retry')}</Button>
          </div>
        </>
      )}
      {value === undefined && refusal === undefined && <p role="status">{t('app.loading')}</p>}
      {value !== undefined && (
        <Wide label={t('operators.title')}>
          <table className={parts.table}>
            <thead>
              <tr>
                <th scope="col">{t('operators.name')}</th>
                <th scope="col">{t('actions.role')}</th>
                <th scope="col">{t('operators.state')}</th>
                <th scope="col">{t('operators.signedIn')}</th>
                <th scope="col">{t('actions.address')}</th>
                <th scope="col" className={parts.number}>
                  {t('operators.open')}
                </th>
                <th scope="col" className={parts.number}>
                  {t('operators.codes')}
                </th>
                <th scope="col">{t('operators.password')}</th>
                <th scope="col">{t('operators.since')}</th>
              </tr>
            </thead>
            <tbody>
              {value.operators.map((one) => (
                <tr key={one.name}>
                  <td>{one.name}</td>
                  <td>{tWord('role', one.role)}</td>
                  <td>{t(one.disabled ? 'operators.disabled' : 'operators.active')}</td>
                  <td className={parts.nowrap}>
                    {one.signed_in_ms === null
                      ? t('operators.never')
                      : momentText(one.signed_in_ms)}
                  </td>
                  <td className={parts.nowrap}>{one.address ?? '–'}</td>
                  <td className={parts.number}>{one.open}</td>
                  <td className={parts.number}>{one.recovery_codes}</td>
                  <td className={parts.nowrap}>{momentText(one.password_ms)}</td>
                  <td className={parts.nowrap}>{momentText(one.created_ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </>
  );
}
