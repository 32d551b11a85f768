// The kernels that Numba compiles for w2vlib, for the page: AssemblyScript, compiled to WebAssembly.
//
// The module works in the interpreter's own memory: arrays come as addresses, nothing is copied and
// nothing allocated. guest/numba.py calls them in the place of the functions of the same names, and
// tests/book/test_live.py compares the numbers.

@external("env", "exp")
declare function exp(x: f64): f64;

// ---- w2vlib/training/_sgd_kernels.py ----

export function fill_alias_tables(
  weights: usize, tables: usize, n: i32, V: i32, mass: usize, small: usize, large: usize,
): void {
  for (let row = 0; row < n; row++) {
    const w = weights + (<usize>row * V << 3);
    const t = tables + (<usize>row * V << 3);
    let total = 0.0;
    for (let k = 0; k < V; k++) total += load<f64>(w + (k << 3));
    let nSmall = 0, nLarge = 0;
    for (let k = 0; k < V; k++) {
      store<f32>(t + (k << 3), 1);
      store<f32>(t + (k << 3) + 4, <f32>k);
      const m = total > 0 ? load<f64>(w + (k << 3)) * V / total : 1.0;
      store<f64>(mass + (k << 3), m);
      if (m < 1) store<i32>(small + (nSmall++ << 2), k);
      else store<i32>(large + (nLarge++ << 2), k);
    }
    while (nSmall > 0 && nLarge > 0) {
      const poor = load<i32>(small + (--nSmall << 2)), rich = load<i32>(large + ((nLarge - 1) << 2));
      const own = load<f64>(mass + (poor << 3));
      store<f32>(t + (poor << 3), <f32>own);
      store<f32>(t + (poor << 3) + 4, <f32>rich);
      const left = load<f64>(mass + (rich << 3)) - (1 - own);
      store<f64>(mass + (rich << 3), left);
      if (left < 1) {
        nLarge--;
        store<i32>(small + (nSmall++ << 2), rich);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function draw(table: usize, V: i32, seed: u64, n: u64): i32 {
  let z: u64 = seed + n * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  z = z ^ (z >> 31);
  const place = <f64>(z >> 11) * 1.1102230246251565e-16 * <f64>V;
  const word = <i32>place;
  return place - <f64>word < <f64>load<f32>(table + (word << 3)) ? word : <i32>load<f32>(table + (word << 3) + 4);
}

function drawPairs(
  n: i32, first: u64, centres: usize, positive: usize, negative: usize, rows: i32, V: i32, seed: u64,
  pairs: usize, size: i32,
): void {
  const row = <usize>V << 3;
  for (let p = 0; p < n; p++) {
    const at = pairs + (p * size << 2);
    const i = draw(centres, V, seed, (first + p) * size);
    store<i32>(at, i);
    store<i32>(at + 4, draw(positive + i * row, V, seed, (first + p) * size + 1));
  }
  for (let p = 0; p < n; p++) {
    const at = pairs + (p * size << 2);
    const others = negative + (rows > 1 ? load<i32>(at) * row : 0);
    for (let m = 2; m < size; m++) store<i32>(at + (m << 2), draw(others, V, seed, (first + p) * size + m));
  }
}

// @ts-ignore: decorator
@inline
function dot<T>(a: usize, b: usize, d: i32): T {
  const bytes = d * sizeof<T>(), whole = bytes & ~15;
  let at = 0;
  let sum = <T>0;
  if (sizeof<T>() == 4) {
    let four = f32x4.splat(0);
    for (; at < whole; at += 16) four = f32x4.add(four, f32x4.mul(v128.load(a + at), v128.load(b + at)));
    sum = <T>(f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1) + f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3));
  } else {
    let two = f64x2.splat(0);
    for (; at < whole; at += 16) two = f64x2.add(two, f64x2.mul(v128.load(a + at), v128.load(b + at)));
    sum = <T>(f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1));
  }
  for (; at < bytes; at += sizeof<T>()) sum += load<T>(a + at) * load<T>(b + at);
  return sum;
}

// to += g from
// @ts-ignore: decorator
@inline
function add<T>(to: usize, g: T, from: usize, d: i32): void {
  const bytes = d * sizeof<T>(), whole = bytes & ~15;
  let at = 0;
  if (sizeof<T>() == 4) {
    const gg = f32x4.splat(<f32>g);
    for (; at < whole; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(gg, v128.load(from + at))));
  } else {
    const gg = f64x2.splat(<f64>g);
    for (; at < whole; at += 16) v128.store(to + at, f64x2.add(v128.load(to + at), f64x2.mul(gg, v128.load(from + at))));
  }
  for (; at < bytes; at += sizeof<T>()) store<T>(to + at, load<T>(to + at) + g * load<T>(from + at));
}

// @ts-ignore: decorator
@inline
function learn<T>(
  W: usize, C: usize, toW: usize, toC: usize, d: i32, pairs: usize, size: i32, n: i32, curved: i32, rate: f64,
  lift: usize, step: usize, move: usize,
): void {
  const row = <usize>d * sizeof<T>();
  for (let p = 0; p < n; p++) {
    const q = pairs + (p * size << 2);
    const i = load<i32>(q);
    const w = W + i * row;
    for (let m = 1; m < size; m++) {
      const x = <f64>dot<T>(w, C + load<i32>(q + (m << 2)) * row, d);
      const slope = curved ? 1 / (1 + exp(-x)) : 0.5 + x / 4;
      store<T>(step + m * sizeof<T>(), <T>(-rate * (m == 1 ? slope - 1 : slope * load<f64>(lift + (i << 3)))));
    }
    memory.fill(move, 0, row);
    for (let m = 1; m < size; m++) add<T>(move, load<T>(step + m * sizeof<T>()), C + load<i32>(q + (m << 2)) * row, d);
    for (let m = 1; m < size; m++) add<T>(toC + load<i32>(q + (m << 2)) * row, load<T>(step + m * sizeof<T>()), w, d);
    add<T>(toW + i * row, <T>1, move, d);
  }
}

// @ts-ignore: decorator
@inline
function takeSteps<T>(
  W: usize, C: usize, sumW: usize, sumC: usize, V: i32, d: i32, centres: usize, positive: usize, negative: usize,
  rows: i32, lift: usize, curved: i32, rate: f64, batch: i32, steps: i32, clock: usize, pairs: usize, size: i32,
  step: usize, move: usize,
): void {
  const each = max(batch, 1);
  const seed = load<u64>(clock), taken = load<u64>(clock + 8);
  drawPairs(steps * each, taken * each, centres, positive, negative, rows, V, seed, pairs, size);
  if (batch == 0) learn<T>(W, C, W, C, d, pairs, size, steps, curved, rate, lift, step, move);
  else {
    const row = <usize>d * sizeof<T>();
    for (let s = 0; s < steps; s++) {
      const some = pairs + (s * each * size << 2);
      learn<T>(W, C, sumW, sumC, d, some, size, each, curved, rate / each, lift, step, move);
      for (let k = 0; k < each * size; k++) {
        const word = load<i32>(some + (k << 2)) * row;
        const X = (k % size == 0 ? W : C) + word, total = (k % size == 0 ? sumW : sumC) + word;
        add<T>(X, <T>1, total, d);
        memory.fill(total, 0, row);
      }
    }
  }
  store<u64>(clock + 8, taken + steps);
}

export function take_steps_f4(
  W: usize, C: usize, sumW: usize, sumC: usize, V: i32, d: i32, centres: usize, positive: usize, negative: usize,
  rows: i32, lift: usize, curved: i32, rate: f64, batch: i32, steps: i32, clock: usize, pairs: usize, size: i32,
  step: usize, move: usize,
): void {
  takeSteps<f32>(W, C, sumW, sumC, V, d, centres, positive, negative, rows, lift, curved, rate, batch, steps, clock, pairs, size, step, move);
}

export function take_steps_f8(
  W: usize, C: usize, sumW: usize, sumC: usize, V: i32, d: i32, centres: usize, positive: usize, negative: usize,
  rows: i32, lift: usize, curved: i32, rate: f64, batch: i32, steps: i32, clock: usize, pairs: usize, size: i32,
  step: usize, move: usize,
): void {
  takeSteps<f64>(W, C, sumW, sumC, V, d, centres, positive, negative, rows, lift, curved, rate, batch, steps, clock, pairs, size, step, move);
}

// ---- w2vlib/corpus/_kernels.py ----

export function tokenize(
  text: usize, n: i32, fold: usize, slots: usize, nSlots: i32, hashes: usize, starts: usize, letters: usize,
  nLetters: i32, counts: usize, nCounts: i32, nWords: i32, ids: usize, out: usize,
): void {
  const mask = nSlots - 1, most = min(nSlots >> 1, nCounts);
  let i = 0, nIds = 0, read = n;
  while (i < n) {
    let byte = load<u8>(fold + load<u8>(text + i));
    if (byte == 0 || byte == 10) {
      if (byte == 10) store<i32>(ids + (nIds++ << 2), -1);
      i++;
      continue;
    }
    const begin = i;
    let hashed: u64 = 0xCBF29CE484222325;
    for (; i < n; i++) {
      byte = load<u8>(fold + load<u8>(text + i));
      if (byte == 0 || byte == 10) break;
      hashed = (hashed ^ byte) * 0x100000001B3;
    }
    const length = i - begin;
    let slot = <i32>((hashed ^ (hashed >> 32)) & <u64>mask);
    let word = -1;
    while (load<i32>(slots + (slot << 2)) >= 0) {
      const other = load<i32>(slots + (slot << 2));
      const from = <i32>load<i64>(starts + (other << 3));
      if (load<u64>(hashes + (other << 3)) == hashed && <i32>load<i64>(starts + ((other + 1) << 3)) - from == length) {
        let j = 0;
        while (j < length && load<u8>(letters + from + j) == load<u8>(fold + load<u8>(text + begin + j))) j++;
        if (j == length) word = other;
      }
      if (word >= 0) break;
      slot = (slot + 1) & mask;
    }
    if (word < 0) {
      const from = <i32>load<i64>(starts + (nWords << 3));
      if (nWords >= most || from + length > nLetters) {
        read = begin;
        break;
      }
      word = nWords++;
      store<i32>(slots + (slot << 2), word);
      store<u64>(hashes + (word << 3), hashed);
      for (let j = 0; j < length; j++) store<u8>(letters + from + j, load<u8>(fold + load<u8>(text + begin + j)));
      store<i64>(starts + ((word + 1) << 3), from + length);
      store<i64>(counts + (word << 3), 0);
    }
    store<i64>(counts + (word << 3), load<i64>(counts + (word << 3)) + 1);
    store<i32>(ids + (nIds++ << 2), word);
  }
  store<i64>(out, read);
  store<i64>(out + 8, nIds);
  store<i64>(out + 16, nWords);
}

export function fill_slots(slots: usize, nSlots: i32, hashes: usize, nWords: i32): void {
  const mask = nSlots - 1;
  for (let word = 0; word < nWords; word++) {
    const hashed = load<u64>(hashes + (word << 3));
    let slot = <i32>((hashed ^ (hashed >> 32)) & <u64>mask);
    while (load<i32>(slots + (slot << 2)) >= 0) slot = (slot + 1) & mask;
    store<i32>(slots + (slot << 2), word);
  }
}

// tokens are u16 where `wide` is 0, else i32.
// @ts-ignore: decorator
@inline
function token(tokens: usize, at: i32, wide: i32): i32 {
  return wide ? load<i32>(tokens + (<usize>at << 2)) : <i32>load<u16>(tokens + (<usize>at << 1));
}

export function sort_positions(tokens: usize, wide: i32, begin: i32, end: i32, starts: usize, V: i32, order: usize): void {
  for (let i = begin; i < end; i++) {
    const word = token(tokens, i, wide), place = starts + ((word + 2) << 3);
    if (word < V) store<i64>(place, load<i64>(place) + 1);
  }
  for (let word = 0; word < V; word++) {
    const place = starts + ((word + 2) << 3);
    store<i64>(place, load<i64>(place) + load<i64>(place - 8));
  }
  for (let i = begin; i < end; i++) {
    const word = token(tokens, i, wide);
    if (word >= V) continue;
    const place = starts + ((word + 1) << 3), at = load<i64>(place);
    store<i32>(order + (<usize>at << 2), i);
    store<i64>(place, at + 1);
  }
}

export function add_pairs(
  tokens: usize, order: usize, starts: usize, first: i32, last: i32, window: f64, reach: i32, table: usize, V: i32, row: usize,
): void {
  for (let word = first; word < last; word++) {
    const begin = <i32>load<i64>(starts + (word << 3)), end = <i32>load<i64>(starts + ((word + 1) << 3));
    if (begin == end) continue;
    memory.fill(row, 0, <usize>V << 3);
    for (let k = begin; k < end; k++) {
      let weight = <i64>window;
      let at = load<i32>(order + (<usize>k << 2)) + 1;
      for (const stop = at + reach; at < stop; at++) {
        const follower = token(tokens, at, 0);
        if (follower == V) break;
        const place = row + (follower << 3);
        store<i64>(place, load<i64>(place) + weight);
        weight--;
      }
    }
    const total = table + (<usize>word * V << 3);
    for (let j: usize = 0; j < <usize>V << 3; j += 8) store<i64>(total + j, load<i64>(total + j) + load<i64>(row + j));
  }
}

export function add_transpose(table: usize, V: i32, first: i32, last: i32): void {
  for (let a = first; a < last; a += 64) {
    for (let b = 0; b < min(a + 64, last); b += 64) {
      for (let i = a; i < min(a + 64, last); i++) {
        for (let j = b; j < min(b + 64, i + 1); j++) {
          const one = table + ((<usize>i * V + j) << 3), other = table + ((<usize>j * V + i) << 3);
          store<i64>(one, load<i64>(one) + load<i64>(other));
          store<i64>(other, load<i64>(one));
        }
      }
    }
  }
}

// ---- w2vlib/training/_expected_kernels.py ----

export function slopes_and_curvatures(
  odds: usize, logs: usize, counts: usize, rowKeep: usize, keep: usize, rowNoise: usize, noise: usize, n: i32,
  V: i32, rows: usize, columns: usize,
): f64 {
  let loss = 0.0;
  for (let i = 0; i < n; i++) {
    let inRow: f32 = 0, rowLoss: f32 = 0;
    const k = load<f32>(rowKeep + (i << 2)), q = load<f32>(rowNoise + (i << 2));
    for (let j = 0; j < V; j++) {
      const at = (<usize>i * V + j) << 2;
      const odd = load<f32>(odds + at);
      const joint = k * load<f32>(keep + (j << 2)) * load<f32>(counts + at);
      const total = joint + q * load<f32>(noise + (j << 2));
      const share = total / (1 + odd);
      const curvature = share * odd / (1 + odd);
      store<f32>(odds + at, share - joint);
      rowLoss += total * load<f32>(logs + at);
      inRow += curvature;
      store<f64>(columns + (j << 3), load<f64>(columns + (j << 3)) + curvature);
    }
    store<f64>(rows + (i << 3), inRow);
    loss += rowLoss;
  }
  return loss;
}
