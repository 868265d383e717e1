import type { LobbyGame } from '@croupier/protocol';
import { useMoney } from '@croupier/ui';
import { t } from '../text/t';
import { percentOf } from './lobby';
import { Markdown } from './Markdown';
import styles from './Rules.module.css';

/** Rules, pay table, limits and return of a game, all from its description. */
export function Rules({ game }: { game: LobbyGame }) {
  const { description, stakes } = game;
  const money = useMoney();
  const limits = { from: money(stakes.minimum), to: money(stakes.maximum) };
  const each = description.stake_form === 'list';
  return (
    <div className={styles.rules}>
      <Markdown source={withoutTitle(description.help)} />
      <h2>{t('help.paytable')}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('help.combination')}</th>
            <th scope="col">{t('help.pays')}</th>
          </tr>
        </thead>
        <tbody>
          {description.paytable.map(([combination, pays]) => (
            <tr key={combination}>
              <th scope="row">{combination}</th>
              <td>{pays}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>{t('help.return')}</h2>
      <p>
        {t('help.returnText', {
          percent: percentOf(description.returns.decimal),
          basis: sentenceOf(description.returns.basis),
        })}
      </p>
      <h2>{t('help.limits')}</h2>
      <p>{each ? t('help.stakeEach', limits) : t('help.stakeOne', limits)}</p>
      <p>{t('help.maximum', { maximum: description.maximum_payout })}</p>
      <p>{t('help.disconnect')}</p>
      <p className={styles.version}>
        {t('help.version', { version: description.version, digest: description.digest })}
      </p>
    </div>
  );
}

function withoutTitle(help: string): string {
  return help.trimStart().replace(/^# .*\n/, '');
}

function sentenceOf(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return capital === '' || capital.endsWith('.') ? capital : `${capital}.`;
}
