// The two functions that Chapter 3 compiles itself, for the page: see kernels.ts.
//
// They draw from NumPy's own stream, PCG64, whose state comes as four words and goes back: state,
// increment, and the half of a word that a 32-bit draw leaves for the next one.

@external("env", "exp")
declare function exp(x: f64): f64;

let high: u64, low: u64, addHigh: u64, addLow: u64, half: u32, hasHalf: bool;

function open(rng: usize): void {
  high = load<u64>(rng);
  low = load<u64>(rng + 8);
  addHigh = load<u64>(rng + 16);
  addLow = load<u64>(rng + 24);
  hasHalf = load<u64>(rng + 32) != 0;
  half = <u32>load<u64>(rng + 40);
}

function close(rng: usize): void {
  store<u64>(rng, high);
  store<u64>(rng + 8, low);
  store<u64>(rng + 32, hasHalf ? 1 : 0);
  store<u64>(rng + 40, half);
}

// @ts-ignore: decorator
@inline
function upper(a: u64, b: u64): u64 { // of the product of two words
  const a0 = a & 0xFFFFFFFF, a1 = a >> 32, b0 = b & 0xFFFFFFFF, b1 = b >> 32;
  const middle = a1 * b0 + ((a0 * b0) >> 32);
  return a1 * b1 + (middle >> 32) + (((middle & 0xFFFFFFFF) + a0 * b1) >> 32);
}

function word(): u64 {
  const byHigh: u64 = 0x2360ED051FC65DA4, byLow: u64 = 0x4385DF649FCCF645;
  high = high * byLow + low * byHigh + upper(low, byLow);
  low = low * byLow + addLow;
  high += addHigh + (low < addLow ? 1 : 0);
  return rotr<u64>(high ^ low, high >> 58);
}

// @ts-ignore: decorator
@inline
function uniform(): f64 {
  return <f64>(word() >> 11) * 1.1102230246251565e-16;
}

function word32(): u32 {
  hasHalf = !hasHalf;
  if (!hasHalf) return half;
  const drawn = word();
  half = <u32>(drawn >> 32);
  return <u32>drawn;
}

// A whole number below n, by Lemire's rule.
function below(n: u32): i32 {
  if (n == 1) return 0;
  let m = <u64>word32() * n;
  if (<u32>m < n) {
    const least = (0xFFFFFFFF - (n - 1)) % n;
    while (<u32>m < least) m = <u64>word32() * n;
  }
  return <i32>(m >> 32);
}

// @ts-ignore: decorator
@inline
function negativeWord(V: i32, own: usize, other: usize): i32 {
  const j = below(V);
  return uniform() < load<f64>(own + (j << 3)) ? j : <i32>load<i64>(other + (j << 3));
}

// The words of an article that stay; -1 is out of the vocabulary, and takes a draw, too.
function survivors(article: usize, length: i32, keep: usize, kept: usize): i32 {
  let n = 0;
  for (let s = 0; s < length; s++) {
    const i = <i32>load<i64>(article + (s << 3)), u = uniform();
    if (i >= 0 && u < load<f64>(keep + (i << 3))) store<i32>(kept + (n++ << 2), i);
  }
  return n;
}

function update(w: usize, c: usize, move: usize, d: i32, eta: f64, positive: bool): void {
  let x = 0.0;
  for (let k = 0; k < d << 3; k += 8) x += load<f64>(w + k) * load<f64>(c + k);
  const g = eta * ((positive ? 1.0 : 0.0) - 1 / (1 + exp(-x)));
  for (let k = 0; k < d << 3; k += 8) {
    const at = load<f64>(c + k);
    store<f64>(move + k, load<f64>(move + k) + g * at);
    store<f64>(c + k, at + g * load<f64>(w + k));
  }
}

export function chapter_03_word2vec(
  articles: usize, nArticles: i32, length: i32, V: i32, d: i32, window: i32, negative: i32, keep: usize, own: usize,
  other: usize, rate: f64, epochs: i32, rng: usize, W: usize, C: usize, kept: usize, move: usize,
): void {
  open(rng);
  for (let k = 0; k < V * d << 3; k += 8) store<f64>(W + k, (uniform() - 0.5) / d);
  const lines = epochs * nArticles, row = d << 3;
  for (let line = 0; line < lines; line++) {
    const eta = rate * max(1 - <f64>line / lines, 1e-4);
    const n = survivors(articles + ((line % nArticles) * length << 3), length, keep, kept);
    for (let s = 0; s < n; s++) {
      const reach = 1 + below(window), w = W + load<i32>(kept + (s << 2)) * row;
      for (let t = max(0, s - reach); t < min(n, s + reach + 1); t++) {
        if (t == s) continue;
        memory.fill(move, 0, row);
        for (let m = 0; m <= negative; m++) {
          const j = m > 0 ? negativeWord(V, own, other) : load<i32>(kept + (t << 2));
          update(w, C + j * row, move, d, eta, m == 0);
        }
        for (let k = 0; k < row; k += 8) store<f64>(w + k, load<f64>(w + k) + load<f64>(move + k));
      }
    }
  }
  close(rng);
}

// @ts-ignore: decorator
@inline
function count(table: usize, V: i32, i: i32, j: i32): void {
  const at = table + (i * V + j << 3);
  store<f64>(at, load<f64>(at) + 1);
}

export function chapter_03_drawn_pairs(
  articles: usize, nArticles: i32, length: i32, V: i32, window: i32, negative: i32, keep: usize, own: usize,
  other: usize, epochs: i32, rng: usize, positives: usize, negatives: usize, kept: usize,
): void {
  open(rng);
  for (let line = 0; line < epochs * nArticles; line++) {
    const n = survivors(articles + ((line % nArticles) * length << 3), length, keep, kept);
    for (let s = 0; s < n; s++) {
      const reach = 1 + below(window), i = load<i32>(kept + (s << 2));
      for (let t = max(0, s - reach); t < min(n, s + reach + 1); t++) {
        if (t == s) continue;
        count(positives, V, i, load<i32>(kept + (t << 2)));
        for (let m = 0; m < negative; m++) count(negatives, V, i, negativeWord(V, own, other));
      }
    }
  }
  close(rng);
}
