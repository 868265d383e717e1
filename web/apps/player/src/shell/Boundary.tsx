import { Button } from '@croupier/ui';
import { Component, type ReactNode } from 'react';
import { t } from '../text/t';
import styles from './Notice.module.css';

interface BoundaryProps {
  /** Another place is another try. */
  readonly place: string;
  readonly children: ReactNode;
}

/** Keeps a fault of one page from taking the others with it. */
export class Boundary extends Component<BoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (before.place !== this.props.place && this.state.failed) this.setState({ failed: false });
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <section className={styles.notice} role="alert">
        <h1>{t('broken.title')}</h1>
        <p>{t('broken.text')}</p>
        <Button look="main" onClick={() => globalThis.location.reload()}>
          {t('banner.reload')}
        </Button>
      </section>
    );
  }
}
