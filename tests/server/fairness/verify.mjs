// A second verifier, written from docs/fairness.md alone, in plain Node without packages.
//
//   node verify.mjs PROOF.json           checks a proof: chain, draws, and what the draws mean
//   node verify.mjs --vectors FILE.json  checks the vectors of the page
//
// Ends with 0 if everything holds, else with 1, and prints one line for each thing checked.

import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

const bytes = (hex) => Buffer.from(hex, "hex");
const sha256 = (data) => createHash("sha256").update(data).digest();
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

let failed = false;
function check(name, holds) {
  console.log(`${holds ? "ok    " : "FAILED"}  ${name}`);
  failed ||= !holds;
}

function message(clientSeeds, stream, block) {
  const parts = [Buffer.from("croupier/draw/1", "ascii"), Buffer.from([stream])];
  for (const seed of clientSeeds) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(seed.length);
    parts.push(length, seed);
  }
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(block);
  return Buffer.concat([...parts, counter]);
}

class Draws {
  constructor(seed, clientSeeds, stream = 0) {
    Object.assign(this, { seed, clientSeeds, stream, used: 0, hmac: null });
  }

  word() {
    if (this.used % 8 === 0) {
      const text = message(this.clientSeeds, this.stream, this.used / 8);
      this.hmac = createHmac("sha256", this.seed).update(text).digest();
    }
    return BigInt(this.hmac.readUInt32BE(4 * (this.used++ % 8)));
  }

  below(bound) {
    bound = BigInt(bound);
    if (bound === 1n) return 0n;
    const wide = bound > 1n << 32n;
    const space = wide ? 1n << 64n : 1n << 32n;
    const limit = space - (space % bound);
    for (;;) {
      const value = wide ? (this.word() << 32n) | this.word() : this.word();
      if (value < limit) return value % bound;
    }
  }
}

function card(draws, counts) {
  let position = draws.below(counts.reduce((sum, count) => sum + count, 0));
  for (let face = 0; ; face++) {
    if (position < counts[face]) {
      counts[face]--;
      return face;
    }
    position -= BigInt(counts[face]);
  }
}

function hashed(seed, times) {
  for (let i = 0; i < times; i++) seed = sha256(seed);
  return seed;
}

const drawsOf = (given) => new Draws(bytes(given.seed), given.client_seeds.map(bytes), given.stream);

// What the games make of the draws, as far as the page tells it.

const RED = new Set([1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36]);

function covers(bet, number) {
  const [kind, ...rest] = bet.split("-");
  const numbers = rest.map(Number);
  switch (kind) {
    case "red": return RED.has(number);
    case "black": return number > 0 && !RED.has(number);
    case "odd": return number % 2 === 1;
    case "even": return number > 0 && number % 2 === 0;
    case "low": return number >= 1 && number <= 18;
    case "high": return number >= 19;
    case "first": return number <= 3;
    case "line": return number >= numbers[0] && number <= numbers[1];
    case "column": return number > 0 && (number - numbers[0]) % 3 === 0;
    case "dozen": return number > 12 * (numbers[0] - 1) && number <= 12 * numbers[0];
    default: return numbers.includes(number);
  }
}

function roulette(proof) {
  const draws = drawsOf(proof);
  const number = Number(draws.below(37));
  check("roulette: the draw is the number", number === proof.outcome.number);
  check("roulette: it is the only draw", same(proof.draws, [{ below: 37, value: number }]));
  let stake = 0;
  let payout = 0;
  for (const bet of proof.bets[0].bets) {
    const size = Array.from({ length: 37 }, (_, at) => covers(bet.bet, at)).filter(Boolean).length;
    stake += bet.stake;
    if (covers(bet.bet, number)) payout += bet.stake * (36 / size);
  }
  check("roulette: the stake is the sum of the bets", stake === proof.stake);
  check("roulette: each bet pays 36 divided by its numbers", payout === proof.payout);
}

function slot(proof) {
  const stops = proof.outcome.events
    .filter((event) => event.event === "reveal")
    .flatMap((event) => event.stops);
  check("slot: the draws are the stops, reel by reel, spin by spin",
    same(proof.draws.map((draw) => draw.value), stops));
  check("slot: the stake is that of the bet", proof.bets[0].stake === proof.stake);
  const total = proof.outcome.events
    .filter((event) => event.event === "line_win" || event.event === "scatter_win")
    .reduce((sum, event) => sum + event.payout, 0);
  check("slot: the wins add up to the payout", total === proof.payout);
}

function blackjack(proof) {
  const draws = drawsOf(proof);
  const counts = Array(52).fill(6);
  const dealt = proof.draws.map(() => card(draws, counts));
  check("blackjack: the bounds are the cards left", proof.draws.every((draw, at) => draw.below === 312 - at));
  const { hands, dealer } = proof.outcome;
  const seen = [...hands.flatMap((hand) => hand.cards), ...dealer.cards];
  const sorted = (faces) => [...faces].sort((a, b) => a - b);
  check("blackjack: the cards seen are the cards dealt", same(sorted(seen), sorted(dealt)));
  check("blackjack: first, up and hole card", same(
    [hands[0].cards[0], dealer.cards[0], dealer.cards[1]], [dealt[0], dealt[1], dealt[3]]));
  if (hands.length === 1) {
    const own = hands[0].cards.length;
    check("blackjack: the hand in order", same(hands[0].cards,
      [dealt[0], dealt[2], ...dealt.slice(4, 2 + own)]));
    check("blackjack: the dealer in order", same(dealer.cards,
      [dealt[1], dealt[3], ...dealt.slice(2 + own)]));
  }
}

function proof(document) {
  const found = document.body?.proof ?? document.proof ?? document;
  check("it is a proof", found.format === "croupier-proof/1");
  check("the round is the chain's", found.round === `${found.chain}-${found.n}`);
  const seed = bytes(found.seed);
  check("the seed, hashed n times, is the commitment",
    hashed(seed, found.n).toString("hex") === found.commitment);
  if (found.previous_seed !== null) {
    check("the seed, hashed once, is the one before",
      sha256(seed).toString("hex") === found.previous_seed);
  }
  if (found.voided) {
    check("a void round pays and costs nothing", found.stake === 0 && found.payout === 0);
    return;
  }
  const draws = drawsOf(found);
  check("the draw stream gives every draw",
    found.draws.every((draw) => draws.below(draw.below) === BigInt(draw.value)));
  ({ roulette, slot, blackjack })[found.game]?.(found);
}

function vectors(given) {
  const { chain, blocks, shoe } = given;
  const last = bytes(chain.last_seed);
  check("commitment", hashed(last, chain.length).toString("hex") === chain.commitment);
  for (const [n, seed] of Object.entries(chain.seeds)) {
    check(`s_${n}`, hashed(last, chain.length - Number(n)).toString("hex") === seed);
  }
  for (const block of blocks) {
    const text = message(block.client_seeds.map(bytes), block.stream, block.block);
    check("message", text.toString("hex") === block.message);
    const hmac = createHmac("sha256", bytes(block.seed)).update(text).digest();
    check("HMAC", hmac.toString("hex") === block.hmac);
    check("words", block.words.every((word, at) => hmac.readUInt32BE(4 * at) === word));
  }
  for (const each of given.draws) {
    const draws = drawsOf(each);
    check(each.title, each.draws.every((draw) => {
      const before = draws.used;
      const value = draws.below(draw.below);
      return value === BigInt(draw.value) && draws.used - before === draw.words;
    }));
  }
  const draws = drawsOf(shoe);
  const counts = [...shoe.counts];
  check("cards", shoe.cards.every((each) => card(draws, counts) === each.face));
}

const [first, second] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
if (first === "--vectors") vectors(read(second));
else proof(read(first));
process.exit(failed ? 1 : 0);
