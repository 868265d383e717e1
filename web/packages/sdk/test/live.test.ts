// Against a real server: CROUPIER_HTTP=http://127.0.0.1:8080 npx vitest run packages/sdk/test/live
// Skipped where no address is given.

import { verifyProof } from '@croupier/fair';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, type ClientEvent, demoTickets, type Round, type Table } from '../src/index';
import { NodeSocket } from './nodeSocket';

const base = process.env.CROUPIER_HTTP ?? '';
const ROUNDS = 10;

const BETS: Readonly<Record<string, object>> = {
  slot: { stake: 20 },
  roulette: {
    bets: [
      { bet: 'red', stake: 100 },
      { bet: 'straight-17', stake: 100 },
    ],
  },
  blackjack: { stake: 100 },
};

/** Sockets that the test can break. */
function breakable(): { make: typeof NodeSocket; drop: () => void } {
  let newest: NodeSocket | undefined;
  class Kept extends NodeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      newest = this;
    }
  }
  return { make: Kept, drop: () => newest?.drop() };
}

async function play(table: Table): Promise<Round> {
  await table.ready();
  const bets = BETS[table.game] ?? {};
  if (table.game !== 'blackjack') return table.spin(bets);
  let round = await table.deal(bets);
  for (let step = 0; !round.finished && step < 40; step += 1) {
    const [first, second] = round.options;
    const choice = round.options.find(({ stake }) => stake === 0) ?? first ?? second;
    if (choice === undefined) throw new Error('an open round without options');
    round = await table.act(step < 1 ? choice.action : safest(round));
  }
  return round;
}

function safest(round: Round): string {
  const names = round.options.map(({ action }) => action);
  return ['decline', 'stand'].find((name) => names.includes(name)) ?? names[0] ?? '';
}

describe.skipIf(base === '').each(['msgpack', 'json'] as const)('a real server, %s', (codec) => {
  const { make, drop } = breakable();
  const events: ClientEvent[] = [];
  const client = new Client({
    tickets: demoTickets({ base }),
    WebSocket: make,
    codec,
    policy: { reconnectInitialMs: 20 },
  });
  client.subscribe((event) => events.push(event));

  beforeAll(async () => {
    await client.connect();
  });
  afterAll(() => client.close());

  it.each(Object.keys(BETS))('plays %s and proves every round', async (game) => {
    const table = await client.sit(game);
    for (let count = 0; count < ROUNDS; count += 1) {
      const round = await play(table);
      expect(round.finished).toBe(true);
      expect(round.seed).toBeInstanceOf(Uint8Array);
      const result = verifyProof(await client.proof(round.id));
      expect(result.reason).toBeUndefined();
      expect(result.ok).toBe(true);
    }
    expect(client.balance).toEqual(await client.fetchBalance());
  });

  it('resumes behind a dropped connection, with the bet that was on its way', async () => {
    const table = await client.sit('slot');
    await table.ready();
    const spin = table.spin({ stake: 20 });
    drop();
    const round = await spin;
    expect(round.finished).toBe(true);
    expect(events).toContainEqual(expect.objectContaining({ type: 'welcome', resumed: true }));
    expect(events.filter(({ type }) => type === 'problem')).toEqual([]);
    const { rounds } = await client.history(undefined, 100);
    expect(rounds.filter((each) => each.round === round.id)).toHaveLength(1);
    expect(rounds).toHaveLength(3 * ROUNDS + 1);
    expect(Math.abs(client.serverOffsetMs)).toBeLessThan(2_000);
  });
});
