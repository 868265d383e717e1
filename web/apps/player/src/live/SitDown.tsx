import type { LiveState } from '@croupier/sdk';
import { Button } from '@croupier/ui';
import type { Live } from '../state/live';
import { t } from '../text/t';

/** What a watcher can do. */
export function SitDown({ live, state }: { live: Live; state: LiveState }) {
  const full = state.players.length >= state.seats;
  const shut = state.state === 'closing' || state.state === 'closed';
  return (
    <Button look="main" large disabled={live.moving || full || shut} onClick={() => live.sit()}>
      {t(full ? 'live.full' : 'live.sit')}
    </Button>
  );
}
