import { columnsOf, ends, halfTime, logistic, numbers } from "./kit.js";

// What a clock carries: its words, the eigenvalues, the eigenvectors and their outermost words.
export function cloudOf(model) {
  const [words, most] = [model.get("words"), model.get("modes")];
  const eigvals = numbers(model.get("eigvals"), Float64Array, most, "eigvals");
  const whole = numbers(model.get("eigvecs"), Int16Array, words.length * most, "eigvecs");
  const columns = columnsOf(whole, numbers(model.get("steps"), Float64Array, most, "steps"));
  return { words, most, eigvals, columns, outermost: columns.map((column) => ends(column, 3)) };
}

// s_k^2(0): sigma^2 times the mean of a chi-square with d - k + 1 degrees of freedom (k counts from 1).
export function starts(d, sigma) {
  return Array.from({ length: d }, (_, k) => sigma * sigma * (d - k));
}

export function strengthsAt(t, eigvals, start) {
  return start.map((value, k) => logistic(t, eigvals[k], value));
}

// (1/8) |M* - W W^T|^2 = (1/8) (|M*|^2 - sum of s^2 (2 lambda - s^2))
export function lossOf(strengths, eigvals, squaredNorm) {
  return strengths.reduce((rest, s2, k) => rest - s2 * (2 * eigvals[k] - s2), squaredNorm) / 8;
}

// When the last of the directions is learned, and a little longer.
export function endTime(eigvals, start) {
  return Math.max(...start.map((value, k) => halfTime(eigvals[k], value) + 6 / eigvals[k]));
}
