import '@croupier/ui/tokens.css';
import '@croupier/ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { beginSession } from './state/session';
import { showTheme, useTheme } from './state/theme';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');
showTheme(useTheme.getState().theme);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
beginSession();
