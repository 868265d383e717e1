// The service worker. The build fills in the list of files and their version.
// It keeps the shell of the page and nothing else: no answer of the server is ever cached, since
// money must never be stale.

const VERSION = '__VERSION__';
const SHELL = /* __SHELL__ */ [];
const CACHE = `croupier-shell-${VERSION}`;
const NEVER = /^\/(api|ws|console|docs|metrics|healthz|readyz)(\/|$)/;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith('croupier-shell-') && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'use') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (NEVER.test(url.pathname)) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (SHELL.includes(url.pathname)) event.respondWith(part(request, url.pathname));
});

/** The page: fresh from the server, else the kept one, which can at least say what is wrong. */
async function page(request) {
  try {
    return await fetch(request);
  } catch {
    const cache = await caches.open(CACHE);
    return (await cache.match('/index.html')) ?? (await cache.match('/offline.html'));
  }
}

/** A part of the shell: its name holds a hash of its content, so the kept one is the right one. */
async function part(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}
