import { Button } from '@croupier/ui';
import { type CSSProperties, useState } from 'react';
import controls from '../../controls/controls.module.css';
import { Result } from '../../controls/Result';
import { StakeStepper } from '../../controls/StakeStepper';
import type { GameProps } from '../../pages/GamePage';
import { useCasino } from '../../state/casino';
import { firstStake, offered } from '../../state/stakes';
import { t } from '../../text/t';
import { RoundView } from '../generic/RoundView';
import { ratioOf } from './reels';
import styles from './Slot.module.css';
import { symbolName } from './symbols';
import { useSlot } from './use-slot';

/** A slot machine: reels on a canvas, everything else in the page. */
export default function SlotGame({ game }: GameProps) {
  const slot = useSlot(game);
  const { seat, spinning } = slot;
  const stakes = offered(game.description.stakes, seat.table?.seated.stakes ?? game.stakes);
  const [chosen, setChosen] = useState<number>();
  const stake = firstStake(stakes, chosen);
  const free = useCasino((state) => state.balance?.amount ?? 0);
  const poor = !spinning && stake > free;
  const reels = slot.window
    .map((symbols, index) =>
      t('slot.reel', { reel: index + 1, symbols: symbols.map(symbolName).join(', ') }),
    )
    .join('; ');
  return (
    <>
      <div className={styles.machine}>
        <div
          ref={slot.frame}
          className={styles.reels}
          style={{ '--ratio': ratioOf(slot.look) } as CSSProperties}
          role="img"
          aria-label={spinning ? t('slot.reels') : t('slot.shown', { reels })}
          data-renderer={slot.renderer}
          data-spinning={spinning}
        />
        {/* Not the button that stakes: a tap just as the round ends must not play another one. */}
        {spinning && slot.landed && (
          <Button className={styles.skip} onClick={slot.skip}>
            {t('slot.skip')}
          </Button>
        )}
        {slot.renderer !== undefined && slot.renderer !== 'webgl' && (
          <p className={styles.plain}>{t('slot.plain')}</p>
        )}
      </div>
      <div className={controls.controls}>
        <Result tone={slot.said.tone} round={spinning ? undefined : seat.round}>
          {poor && slot.said.tone !== 'problem' ? t('game.poor') : slot.said.text}
        </Result>
        <StakeStepper
          label={t('slot.stake')}
          stakes={stakes}
          stake={stake}
          disabled={spinning}
          change={setChosen}
        />
        <Button
          look="main"
          large
          className={styles.spin}
          disabled={seat.table === undefined || poor || spinning}
          onClick={() => void slot.spin(stake)}
        >
          {spinning ? t('slot.spinning') : t('slot.spin')}
        </Button>
        {seat.table === undefined && seat.problem !== undefined && (
          <Button onClick={seat.retry}>{t('game.retry')}</Button>
        )}
      </div>
      {slot.partial && seat.round !== undefined && (
        <section className={styles.partial}>
          <p>{t('slot.partial')}</p>
          <RoundView round={seat.round} />
        </section>
      )}
    </>
  );
}
