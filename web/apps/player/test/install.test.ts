import { expect, test } from 'vitest';
import { install, useInstall, watchForInstall } from '../src/worker/install';

function offered(prompt: () => Promise<unknown>): Event {
  return Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt });
}

test('the offer to install waits for the player, and counts once', async () => {
  const page = new EventTarget();
  watchForInstall(page);
  let asked = 0;
  const offer = offered(async () => {
    asked += 1;
  });
  page.dispatchEvent(offer);
  expect(offer.defaultPrevented).toBe(true);
  expect(asked).toBe(0);
  expect(useInstall.getState().offer).toBe(offer);
  await install();
  await install();
  expect(asked).toBe(1);
  expect(useInstall.getState().offer).toBeUndefined();
});

test('an offer goes with the installation, and one that fails does no harm', async () => {
  const page = new EventTarget();
  watchForInstall(page);
  page.dispatchEvent(offered(() => Promise.reject(new Error('gone'))));
  await install();
  page.dispatchEvent(offered(async () => undefined));
  page.dispatchEvent(new Event('appinstalled'));
  expect(useInstall.getState().offer).toBeUndefined();
});
