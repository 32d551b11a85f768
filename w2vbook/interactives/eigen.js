// The eigenpairs of a symmetric matrix, in the page. Python puts this file, like kit.js, in front of the
// modules that import it.

// All eigenvalues of a symmetric matrix, falling, and the first d eigenvectors. Reflections make it
// tridiagonal (in place), rotations make that diagonal; both are kept, and run backwards on d unit
// vectors. So vectors are orthogonal also where eigenvalues coincide, and the huge negative one of M*
// is no trouble. Golub and Van Loan, Matrix Computations, 8.3. Yields how far it is, from 0 to 1, so that
// a page can do other things in between.
export function* eigenpairs(A, V, d) {
  const diagonal = new Float64Array(V);
  const off = new Float64Array(V); // off[k] stands between k and k + 1
  const product = new Float64Array(V);
  const scales = new Float64Array(V); // reflection k is 1 - scale v v^T; v replaces row k behind its diagonal
  for (let k = 0; k < V - 1; k++) {
    const v = A.subarray(k * V, (k + 1) * V);
    diagonal[k] = v[k];
    let tail = 0;
    for (let i = k + 2; i < V; i++) tail += v[i] * v[i];
    const first = v[k + 1];
    off[k] = tail ? (first > 0 ? -1 : 1) * Math.sqrt(tail + first * first) : first;
    if (!tail) continue;
    v[k + 1] -= off[k];
    const scale = 2 / (tail + v[k + 1] ** 2);
    scales[k] = scale;
    let inside = 0;
    for (let i = k + 1; i < V; i++) {
      let sum = 0;
      for (let j = k + 1, at = i * V + j; j < V; j++, at++) sum += A[at] * v[j];
      product[i] = scale * sum;
      inside += product[i] * v[i];
    }
    for (let i = k + 1; i < V; i++) product[i] -= (scale * inside * v[i]) / 2;
    for (let i = k + 1; i < V; i++) {
      const [a, b] = [v[i], product[i]];
      for (let j = k + 1, at = i * V + j; j < V; j++, at++) A[at] -= a * product[j] + b * v[j];
    }
    yield 0.9 * (1 - (1 - k / V) ** 3);
  }
  diagonal[V - 1] = A[V * V - 1];

  const turns = [[], [], []]; // row, cosine, sine
  let norm = 0;
  for (let k = 0; k < V; k++) norm = Math.max(norm, Math.abs(diagonal[k]) + Math.abs(off[k]));
  const isZero = (k) => Math.abs(off[k]) <= 1e-16 * norm;
  for (let hi = V - 1, rounds = 0; hi > 0;) {
    if (isZero(hi - 1)) {
      hi--;
      rounds = 0;
      continue;
    }
    if (rounds++ > 60) throw new Error("The eigenvalues of M* were not found. Try other words");
    let lo = hi - 1;
    while (lo > 0 && !isZero(lo - 1)) lo--;
    const half = (diagonal[hi - 1] - diagonal[hi]) / 2;
    const corner = off[hi - 1];
    let x = diagonal[lo] - diagonal[hi] + corner ** 2 / (half + (half < 0 ? -1 : 1) * Math.hypot(half, corner));
    let z = off[lo];
    for (let k = lo; k < hi; k++) {
      const r = Math.hypot(x, z);
      const [c, s] = r ? [x / r, z / r] : [1, 0];
      const [a, b, f] = [diagonal[k], diagonal[k + 1], off[k]];
      if (k > lo) off[k - 1] = r;
      diagonal[k] = c * c * a + 2 * c * s * f + s * s * b;
      diagonal[k + 1] = s * s * a - 2 * c * s * f + c * c * b;
      off[k] = c * s * (b - a) + (c * c - s * s) * f;
      x = off[k];
      if (k < hi - 1) {
        z = s * off[k + 1];
        off[k + 1] *= c;
      }
      turns[0].push(k);
      turns[1].push(c);
      turns[2].push(s);
    }
    yield 0.95;
  }

  const order = [...diagonal.keys()].sort((i, j) => diagonal[j] - diagonal[i]);
  const vectors = [];
  for (const column of order.slice(0, d)) {
    const u = new Float64Array(V);
    u[column] = 1;
    for (let at = turns[0].length - 1; at >= 0; at--) {
      const [k, c, s] = [turns[0][at], turns[1][at], turns[2][at]];
      [u[k], u[k + 1]] = [c * u[k] - s * u[k + 1], s * u[k] + c * u[k + 1]];
    }
    for (let k = V - 2; k >= 0; k--) {
      let sum = 0;
      for (let i = k + 1; i < V; i++) sum += A[k * V + i] * u[i];
      for (let i = k + 1; i < V; i++) u[i] -= scales[k] * sum * A[k * V + i];
    }
    // As in w2vlib: the entry of largest size is positive.
    const largest = u.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    vectors.push(largest < 0 ? u.map((value) => -value) : u);
    yield 0.97;
  }
  return { values: order.map((k) => diagonal[k]), vectors };
}

// What a generator returns, without a rest.
export function atOnce(steps) {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
