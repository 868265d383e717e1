import type { LobbyGame } from '@croupier/protocol';
import { Button } from '@croupier/ui';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Rules } from '../pages/Rules';
import { t } from '../text/t';
import styles from './RulesDialog.module.css';

/** The rules over the game, without leaving it. */
export function RulesDialog({ game, close }: { game: LobbyGame; close: () => void }) {
  return (
    <ModalOverlay
      className={styles.overlay as string}
      isOpen
      isDismissable
      onOpenChange={(open) => open || close()}
    >
      <Modal className={styles.modal as string}>
        <Dialog className={styles.dialog as string}>
          <header className={styles.head}>
            <Heading slot="title">{t('help.title', { game: game.description.title })}</Heading>
            <Button onClick={close}>{t('game.close')}</Button>
          </header>
          <Rules game={game} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
