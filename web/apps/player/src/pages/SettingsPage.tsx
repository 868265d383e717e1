import { Button } from '@croupier/ui';
import { useState } from 'react';
import {
  Label,
  Radio,
  RadioGroup,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  Switch,
} from 'react-aria-components';
import { sounds } from '../sound/sounds';
import { signOut } from '../state/casino';
import { changeSettings, type Settings, useSettings } from '../state/settings';
import type { TextName } from '../text/english';
import { t } from '../text/t';
import { install, useInstall } from '../worker/install';
import styles from './SettingsPage.module.css';

/** What the player can choose for this browser. */
export default function SettingsPage() {
  const { sound, volume, motion, theme } = useSettings();
  const [forgotten, setForgotten] = useState(false);
  const offer = useInstall((state) => state.offer);
  return (
    <div className={styles.settings}>
      <h1>{t('settings.title')}</h1>
      <Switch
        className={styles.switch as string}
        isSelected={sound}
        onChange={(on) => {
          changeSettings({ sound: on });
          if (on) sounds.play('win');
        }}
      >
        <span className={styles.track} aria-hidden />
        {t('settings.sound')}
      </Switch>
      <Slider
        className={styles.slider as string}
        value={volume}
        isDisabled={!sound}
        onChange={(value) => changeSettings({ volume: value })}
        onChangeEnd={() => sounds.play('chip')}
      >
        <Label>{t('settings.volume')}</Label>
        <SliderOutput />
        <SliderTrack className={styles.rail as string}>
          <SliderThumb className={styles.thumb as string} />
        </SliderTrack>
      </Slider>
      <Choice
        label={t('settings.motion')}
        value={motion}
        values={['system', 'full', 'reduced']}
        text={(value) => `settings.motion.${value}`}
        change={(value) => changeSettings({ motion: value })}
      />
      <Choice
        label={t('settings.theme')}
        value={theme}
        values={['system', 'light', 'dark']}
        text={(value) => `settings.theme.${value}`}
        change={(value) => changeSettings({ theme: value })}
      />
      <div>
        <Button
          onClick={() => {
            changeSettings({ favourites: [], recent: [] });
            setForgotten(true);
          }}
        >
          {t('settings.forget')}
        </Button>{' '}
        <span role="status">{forgotten && t('settings.forgotten')}</span>
      </div>
      {offer !== undefined && (
        <div>
          <Button onClick={() => void install()}>{t('settings.install')}</Button>
        </div>
      )}
      <div className={styles.end}>
        <p>{t('settings.signOutText')}</p>
        <Button onClick={() => void signOut()}>{t('settings.signOut')}</Button>
      </div>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly values: readonly T[];
  readonly text: (value: T) => TextName;
  readonly change: (value: T) => void;
}

function Choice<T extends Settings['motion'] | Settings['theme']>(props: ChoiceProps<T>) {
  const { label, value, values, text, change } = props;
  return (
    <RadioGroup
      className={styles.choice as string}
      value={value}
      onChange={(chosen) => change(chosen as T)}
    >
      <Label>{label}</Label>
      <div className={styles.options}>
        {values.map((one) => (
          <Radio key={one} value={one} className={styles.radio as string}>
            {t(text(one))}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
