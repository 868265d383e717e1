import { Button } from '@croupier/ui';
import { useState } from 'react';
import notice from '../shell/Notice.module.css';
import { playHere, startAnew, useCasino } from '../state/casino';
import { t } from '../text/t';

/** Another tab or device has the session. */
export function ElsewherePage() {
  const welcome = useCasino((state) => state.welcome);
  const [asking, setAsking] = useState(false);
  return (
    <section className={notice.notice}>
      <h1>{t('elsewhere.title')}</h1>
      <p role="status">{welcome === undefined ? t('elsewhere.text') : t('elsewhere.replaced')}</p>
      <Button
        look="main"
        large
        disabled={asking}
        onClick={() => {
          setAsking(true);
          void playHere().finally(() => setAsking(false));
        }}
      >
        {t('elsewhere.here')}
      </Button>
      <Button look="quiet" onClick={() => void startAnew()}>
        {t('elsewhere.new')}
      </Button>
    </section>
  );
}
