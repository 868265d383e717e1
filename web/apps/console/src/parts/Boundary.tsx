import { Button } from '@croupier/ui';
import { Component, type ReactNode } from 'react';
import { t } from '../text/t';
import { Notice } from './Notice';

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
      <Notice title={t('app.brokenTitle')} text={t('app.broken')}>
        <Button look="main" onClick={() => globalThis.location.reload()}>
          {t('app.reload')}
        </Button>
      </Notice>
    );
  }
}
