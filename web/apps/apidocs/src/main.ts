/** The pages about the interface: both documents side by side, and a console in development. */

import { type AsyncApi, fetchJson, type OpenApi, type PageSettings } from './documents';
import { element } from './dom';
import { httpPart } from './http';
import { navigation } from './navigation';
import { socketPart } from './socket';

async function show(page: HTMLElement): Promise<void> {
  const [http, socket, settings] = await Promise.all([
    fetchJson<OpenApi>('openapi.json'),
    fetchJson<AsyncApi>('asyncapi.json'),
    fetchJson<PageSettings>('settings.json'),
  ]);
  const parts = [httpPart(http), socketPart(socket)];
  if (settings.console) {
    const { consolePart } = await import('./console/view');
    parts.unshift(consolePart(socket));
  }
  const skip = element('a', { class: 'skip', href: '#content' }, 'Skip to the content');
  const title = element('h1', { id: 'top' }, 'The interface of this server');
  const content = element('main', { id: 'content', tabindex: -1 }, title, ...parts);
  page.replaceChildren(skip, navigation(http, socket, settings.console), content);
  // The target of the address was not there yet when the browser looked for it.
  if (location.hash.length > 1) {
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  }
}

const page = document.getElementById('page');
if (page !== null) {
  show(page)
    .catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : 'It failed.';
      page.replaceChildren(
        element('p', { role: 'alert' }, `This page could not be shown. ${reason}`),
      );
    })
    .finally(() => page.setAttribute('aria-busy', 'false'));
}
