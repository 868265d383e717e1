import '@croupier/ui/tokens.css';
import '@croupier/ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { start, watchPage } from './state/casino';
import { watchForInstall } from './worker/install';
import { watchForUpdates } from './worker/updates';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
watchPage();
watchForUpdates();
watchForInstall();
void start();

if (import.meta.env.MODE === 'test') {
  void import('./bridge').then(({ installBridge }) => installBridge());
}
