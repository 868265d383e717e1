// A client by someone who has read the AsyncAPI document and nothing else, in plain Node without
// packages: its own WebSocket framing, MessagePack and checks, none of the project's code.
//
//   node stranger.mjs DOCUMENT.json HTTP_ADDRESS json|msgpack
//
// It plays one evening against a running server: ticket, hello, lobby, slot, roulette, blackjack,
// two refusals, a lost connection in the middle of a round, history, proofs, balance, bye. Every
// frame of the server is held against the schemas of the document, every revealed seed against its
// commitment, every draw of every proof against the stream. Ends with 0 if all holds, else with 1.

import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";

import { codecs, open, textual } from "./stranger_wire.mjs";

const [documentPath, address, encoding] = process.argv.slice(2);
const codec = codecs[encoding];
const DOCUMENT = JSON.parse(readFileSync(documentPath, "utf8"));
const PATIENCE_MS = 15_000;
const CLIENT = { name: "stranger", version: "1.0" };

const sha256 = (data) => createHash("sha256").update(data).digest();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// -- the document --------------------------------------------------------------------------------

const resolve = (reference) =>
  reference.slice(2).split("/").reduce((place, step) => place[step], DOCUMENT);

/** Hold a value against a schema of the document: the part of JSON Schema that it uses. */
function fits(value, schema, path) {
  if (schema.$ref) return fits(value, resolve(schema.$ref), path);
  for (const inner of schema.allOf ?? []) fits(value, inner, path);
  if (schema.anyOf) {
    const failures = schema.anyOf.map((inner) => failure(value, inner, path));
    if (failures.every(Boolean)) throw failures[0];
  }
  if ("const" in schema) assert.equal(value, schema.const, path);
  if (schema.enum) assert(schema.enum.includes(value), `${path}: ${value}`);
  if (schema.contentEncoding === "base64") {
    const length = codec.bytes(value).length;
    assert(length <= (schema.maxLength / 4) * 3 && length >= ((schema.minLength ?? 0) / 4) * 3 - 2);
    return;
  }
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const wanted = schema.type === "integer" ? "number" : schema.type;
  if (wanted) assert.equal(kind, wanted, path);
  if (schema.type === "integer") {
    assert(Number.isSafeInteger(value), path);
    assert(value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value), path);
  }
  if (kind === "string") {
    assert(value.length >= (schema.minLength ?? 0), path);
    assert(value.length <= (schema.maxLength ?? Infinity), path);
    if (schema.pattern) assert.match(value, new RegExp(schema.pattern), path);
  }
  if (kind === "array" && schema.items && !Array.isArray(schema.items)) {
    value.forEach((item, index) => fits(item, schema.items, `${path}[${index}]`));
  }
  if (kind === "object") {
    for (const key of schema.required ?? []) assert(key in value, `${path}.${key} is missing`);
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      if (key in value) fits(value[key], inner, `${path}.${key}`);
    }
  }
}

function failure(...check) {
  try {
    return fits(...check);
  } catch (error) {
    return error;
  }
}

/** Read the walkthrough with the MessagePack of this file, and write it again. */
function checkWalkthrough() {
  for (const frame of DOCUMENT["x-walkthrough"]) {
    const packed = Buffer.from(frame["x-msgpack-hex"], "hex");
    const read = codecs.msgpack.decode(packed);
    assert.deepEqual(textual(read), frame.payload, frame.summary);
    assert.equal(codecs.msgpack.encode(read).toString("hex"), frame["x-msgpack-hex"]);
  }
}

// -- the session ---------------------------------------------------------------------------------

class Refusal extends Error {
  constructor(body) {
    super(`${body.code}: ${body.message}`);
    Object.assign(this, body);
  }
}

class Session {
  constructor(gateway) {
    Object.assign(this, { gateway, id: 0, token: null, balance: null, socket: null, left: null });
    this.unanswered = new Map(); // request id -> what was sent, and who waits
    this.tables = new Map();
    this.resumed = null;
    this.resumes = 0;
    this.frames = 0;
  }

  async connect() {
    const socket = await open(
      this.gateway,
      codec,
      (data) => this.hear(codec.decode(data)),
      (code) => socket === this.socket && this.closed(code),
    );
    this.socket = socket;
  }

  hear(frame) {
    const kind = DOCUMENT.components.messages[frame.type];
    assert.equal(kind?.["x-direction"], "server to client", `unknown: ${frame.type}`);
    fits(frame, kind.payload, frame.type);
    this.frames++;
    if (!("id" in frame)) return this.event(frame.type, frame.body);
    const waiting = this.unanswered.get(frame.id);
    assert(waiting, `an answer to nothing: ${frame.id}`);
    assert(waiting.answers.includes(frame.type), `${waiting.type} answered by ${frame.type}`);
    if (frame.type === "error" && frame.body.certainty !== "final") {
      // Not executed, or in doubt: the same frame again, never a new id.
      setTimeout(() => this.socket.send(waiting.data), 100);
      return undefined;
    }
    this.unanswered.delete(frame.id);
    if (frame.type === "error") return waiting.reject(new Refusal(frame.body));
    if (frame.body.balance) this.keep(frame.body.balance);
    return waiting.accept(frame.body);
  }

  event(type, body) {
    assert.notEqual(type, "error", `a frame could not be read: ${JSON.stringify(body)}`);
    if (type === "balance_changed") this.keep(body.balance);
    const table = this.tables.get(body.table);
    if (!table) return;
    assert.equal(body.type, type);
    table.position = { table: table.id, epoch: body.epoch, seq: body.seq };
    if (type === "chain_started") table.goTo(body.chain);
    if (type === "round_ended") table.ended(body.round);
  }

  keep(balance) {
    if (!this.balance || balance.version > this.balance.version) this.balance = balance;
  }

  closed(code) {
    if (this.left) return this.left(code);
    const known = DOCUMENT["x-close-codes"].find((one) => one.code === code);
    const again = code === null || (known ? known.reconnect : code < 4500);
    assert(again, `closed with ${code}`);
    this.resumed = this.resume();
    return undefined;
  }

  ask(type, body = {}) {
    const id = ++this.id;
    const message = { id, type, body };
    const operation = DOCUMENT.operations[type];
    const answers = operation.reply.messages.map((one) => one.$ref.split("/").at(-1));
    const data = codec.encode(message);
    fits(codec.decode(data), DOCUMENT.components.messages[type].payload, type);
    return new Promise((accept, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to ${type}`)), PATIENCE_MS);
      const done = (then) => (result) => {
        clearTimeout(late);
        then(result);
      };
      const waiting = { type, answers, data, accept: done(accept), reject: done(reject) };
      this.unanswered.set(id, waiting);
      this.socket.send(data);
    });
  }

  welcome(told) {
    this.token = told.token;
    this.id = Math.max(this.id, told.highest_request);
    this.currency = told.currency;
    this.withSeed = told.client_seed;
    this.keep(told.balance);
    return told;
  }

  async hello(ticket) {
    await this.connect();
    const nonce = randomBytes(16).toString("hex");
    return this.welcome(await this.ask("hello", { ticket, nonce, client: CLIENT }));
  }

  /** Go on over a new connection: the token, the positions, then what has no answer, unchanged. */
  async resume() {
    for (let wait = 100; ; wait *= 2) {
      await sleep(randomInt(wait));
      if (await this.connect().then(() => true, () => wait > 5_000)) break;
    }
    const lost = [...this.unanswered].sort(([one], [other]) => one - other);
    const positions = [...this.tables.values()].map((table) => table.position).filter(Boolean);
    const body = { token: this.token, client: CLIENT, positions };
    const told = this.welcome(await this.ask("resume", body));
    for (const [id, { data }] of lost) if (this.unanswered.has(id)) this.socket.send(data);
    for (const state of told.tables) {
      if (!state.recovered) this.tables.get(state.table)?.take(state.snapshot);
      else for (const event of state.events) this.event(event.type, event);
    }
    this.resumes++;
    return told;
  }

  /** Cut the TCP connection, as a lost network does. */
  cut() {
    this.socket.break();
  }

  /** Wait until the session goes on over the `count`th connection after the first. */
  async back(count) {
    for (const end = Date.now() + PATIENCE_MS; this.resumes < count; await sleep(5)) {
      assert(Date.now() < end, "not resumed");
    }
    return this.resumed;
  }

  async sit(game) {
    const table = new Table(this, await this.ask("sit", { game }));
    this.tables.set(table.id, table);
    return table;
  }

  async bye() {
    const closed = new Promise((resolve) => {
      this.left = resolve;
    });
    await this.ask("bye");
    assert.equal(await closed, 1000);
  }
}

// -- a table -------------------------------------------------------------------------------------

class Table {
  constructor(session, seated) {
    Object.assign(this, { session, id: seated.table, chains: new Map(), next: null, checked: 0 });
    this.take(seated);
  }

  take(seated) {
    this.position = { table: seated.table, epoch: seated.epoch, seq: seated.seq };
    this.stakes = seated.stakes;
    this.open = seated.open;
    this.goTo(seated.chain);
  }

  /** Take note of the round to bet on, and of the commitment of a chain before any bet on it. */
  goTo(chain) {
    this.next = chain;
    if (!chain) return;
    const commitment = codec.bytes(chain.commitment);
    const known = this.chains.get(chain.chain);
    if (known) assert(known.commitment.equals(commitment), "the commitment was changed");
    else this.chains.set(chain.chain, { commitment, seed: commitment, n: 0 });
  }

  /** Check a revealed seed: hashed down, it is the seed before, and for round 1 the commitment. */
  ended(played) {
    const [, id, n] = /^(.+)-(\d+)$/.exec(played.round);
    const chain = this.chains.get(id);
    assert(chain, "played on a chain whose commitment was never told");
    const seed = codec.bytes(played.seed);
    let hashed = seed;
    for (let left = Number(n) - chain.n; left > 0; left--) hashed = sha256(hashed);
    assert(hashed.equals(chain.seed), `the seed of ${played.round} breaks the commitment`);
    Object.assign(chain, { seed, n: Number(n) });
    this.checked++;
    this.goTo(played.next);
  }

  async play(type, bets, round = this.next.round) {
    const body = { table: this.id, round, bets };
    if (this.session.withSeed) body.client_seed = randomBytes(16);
    const before = this.session.balance.amount;
    const played = await this.session.ask(type, body);
    assert.equal(this.session.balance.amount, before - played.stake + (played.payout ?? 0));
    if (played.finished) this.ended(played);
    return { ...played, clientSeed: body.client_seed, bets };
  }

  async act(played, action) {
    const { round, step } = played;
    const body = { table: this.id, round, step, decision: { action } };
    const answer = await this.session.ask("act", body);
    assert.equal(answer.step, step + 1);
    if (answer.finished) this.ended(answer);
    return { ...played, ...answer };
  }
}

// -- reading views, as the notes of x-games say --------------------------------------------------

function checkSlot(view) {
  let window = [];
  for (const event of view.events) {
    if (event.event === "reveal") window = event.window;
    if (event.event !== "scatter_win") continue;
    const rows = window[0].length;
    for (const cell of event.positions) {
      assert.equal(window[Math.floor(cell / rows)][cell % rows], event.symbol);
    }
  }
}

function checkBlackjack(view) {
  for (const { cards, total, soft } of [view.dealer, ...view.hands]) {
    const ranks = cards.filter((card) => card !== null).map((card) => card % 13);
    const hard = ranks.reduce((sum, rank) => sum + Math.min(rank + 1, 10), 0);
    const eleven = ranks.includes(0) && hard + 10 <= 21;
    assert.deepEqual([total, soft], [eleven ? hard + 10 : hard, eleven]);
  }
}

/** Choose one of the options that the view lists. */
function choose(view) {
  const listed = view.options.map((option) => option.action);
  const first = (...wishes) => wishes.find((wish) => listed.includes(wish));
  if (view.stage === "insurance") return first("decline");
  const { total } = view.hands[view.active];
  if (total !== 20 && listed.includes("split")) return "split";
  if (total === 10 || total === 11) return first("double", "hit");
  return total < 17 ? first("hit") : first("stand");
}

// -- the draw stream -----------------------------------------------------------------------------

function* words(seed, clientSeeds) {
  const u16 = (number) => Buffer.from([number >> 8, number & 0xff]);
  const seeds = clientSeeds.flatMap((one) => [u16(one.length), one]);
  for (let block = 0; ; block++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(block);
    const message = Buffer.concat([Buffer.from("croupier/draw/1\0"), ...seeds, counter]);
    const hash = createHmac("sha256", seed).update(message).digest();
    for (let at = 0; at < 32; at += 4) yield hash.readUInt32BE(at);
  }
}

function below(stream, bound) {
  if (bound === 1) return 0;
  for (const top = 2 ** 32 - (2 ** 32 % bound); ; ) {
    const word = stream.next().value;
    if (word < top) return word % bound;
  }
}

function checkProof(proof, played) {
  const bytes = (hex) => Buffer.from(hex, "hex");
  assert.equal(proof.round, played.round);
  assert.equal(proof.seed, codec.bytes(played.seed).toString("hex"));
  assert.deepEqual(proof.client_seeds, [played.clientSeed.toString("hex")]);
  assert.deepEqual(proof.bets, [played.bets]);
  assert.deepEqual(proof.outcome, played.view);
  let hashed = bytes(proof.seed);
  for (let left = proof.n; left > 0; left--) hashed = sha256(hashed);
  assert.equal(hashed.toString("hex"), proof.commitment);
  const stream = words(bytes(proof.seed), proof.client_seeds.map(bytes));
  for (const draw of proof.draws) assert.equal(below(stream, draw.below), draw.value);
  if (proof.game === "roulette") assert.equal(proof.draws[0].value, played.view.number);
}

// -- the evening ---------------------------------------------------------------------------------

async function refused(promise, code) {
  const error = await promise.then(() => null, (reason) => reason);
  assert(error instanceof Refusal, `${code} was expected: ${error}`);
  const listed = DOCUMENT["x-error-codes"].find((one) => one.code === code);
  assert.deepEqual([error.code, error.certainty], [code, listed.certainty]);
  return error;
}

async function signUp(body) {
  const [call] = DOCUMENT["x-http"];
  const answer = await fetch(new URL(new URL(call.url).pathname, address), {
    method: call.method,
    headers: call.headers,
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  const form = call.responses.find((one) => one.status === answer.status);
  fits(told, form.schema, "demo");
  return { status: answer.status, ...told };
}

async function playSlot(session, { description }) {
  const table = await session.sit("slot");
  const [least] = description.stakes;
  const most = description.stakes.at(-1);
  // Stake more than there is, and then less, on the same round: a refusal uses no seed.
  const { round } = table.next;
  assert(session.balance.amount < most);
  await refused(table.play("spin", { stake: most }), "insufficient_funds");
  const rounds = [await table.play("spin", { stake: least }, round)];
  // Bet on a round that has been played, and then on the one that the refusal names.
  const stale = await refused(table.play("spin", { stake: least }, round), "stale_round");
  assert.deepEqual(stale.details.chain, table.next);
  table.goTo(stale.details.chain);
  rounds.push(await table.play("spin", { stake: least }, stale.details.round));
  while (rounds.length < 20) rounds.push(await table.play("spin", { stake: least }));
  rounds.forEach((played) => checkSlot(played.view));
  return rounds;
}

async function playRoulette(session, { description, stakes }) {
  const table = await session.sit("roulette");
  const rounds = [];
  for (let count = 0; count < 5; count++) {
    const first = randomInt(description.choices.length - 4);
    const names = description.choices.slice(first, first + 4).map((choice) => choice.bet);
    const bets = names.map((bet) => ({ bet, stake: stakes.minimum }));
    const played = await table.play("spin", { bets });
    assert.equal(played.stake, 4 * stakes.minimum);
    rounds.push(played);
  }
  return rounds;
}

async function playBlackjack(session, { stakes }) {
  const table = await session.sit("blackjack");
  const rounds = [];
  for (let cuts = 0; rounds.length < 5 || !cuts; ) {
    let played = await table.play("deal", { stake: stakes.minimum });
    checkBlackjack(played.view);
    while (!played.finished) {
      const action = choose(played.view);
      if (!cuts++) played = await loseTheConnection(session, table, played, action);
      else played = await table.act(played, action);
      checkBlackjack(played.view);
    }
    rounds.push(played);
  }
  return rounds;
}

/** Lose it between two decisions, with and without positions, and once with one on its way. */
async function loseTheConnection(session, table, played, action) {
  session.cut();
  const kept = await session.back(1);
  assert(kept.tables.length === 3 && kept.tables.every((state) => state.recovered));

  for (const one of session.tables.values()) one.position = null;
  session.cut();
  const told = await session.back(2);
  assert(told.tables.length === 3 && told.tables.every((state) => !state.recovered));
  assert.deepEqual([table.open.round, table.open.step], [played.round, played.step]);
  assert.deepEqual(table.open.view, played.view);

  const answer = table.act(played, action);
  session.cut();
  return answer;
}

async function lookBack(session, rounds, opening) {
  const listed = [];
  let page = { more: true };
  while (page.more) {
    const before = listed.length ? { before: listed.at(-1).round } : {};
    page = await session.ask("history", { limit: 7, ...before });
    listed.push(...page.rounds);
  }
  const money = ({ round, stake, payout }) => ({ round, stake, payout });
  assert.deepEqual(listed.map(money), rounds.map(money).reverse());
  for (const played of rounds) {
    checkProof((await session.ask("round", { round: played.round })).proof, played);
  }
  const won = rounds.reduce((sum, { stake, payout }) => sum + payout - stake, 0);
  const { balance } = await session.ask("balance");
  assert.deepEqual([balance.amount, balance.held], [opening + won, 0]);
  assert.deepEqual(balance, session.balance);
}

async function evening() {
  checkWalkthrough();
  assert.equal((await signUp({ currency: "EUR", amount: "0.001" })).error.code, "invalid_amount");
  const account = await signUp({ currency: "EUR", amount: "60.00" });
  const session = new Session(account.gateway);
  await session.hello(account.ticket);
  assert.equal(session.balance.amount, account.balance);
  const { games } = await session.ask("lobby");
  const named = (name) => games.find((game) => game.game === name);
  const rounds = [
    ...(await playSlot(session, named("slot"))),
    ...(await playRoulette(session, named("roulette"))),
    ...(await playBlackjack(session, named("blackjack"))),
  ];
  await lookBack(session, rounds, account.balance);
  await session.ask("ping");
  await session.bye();
  const seeds = [...session.tables.values()].reduce((sum, table) => sum + table.checked, 0);
  assert.equal(seeds, rounds.length);
  const { resumes, frames } = session;
  console.log(JSON.stringify({ encoding, rounds: rounds.length, seeds, resumes, frames }));
}

evening().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
