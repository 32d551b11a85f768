// Text -> words, by the rule of w2vlib.count_cooccurrences: what the figures that read a text share.
// Python puts this file, like kit.js, in front of the modules that import it.

// Runs of letters, digits, marks and underscores; and the line ends, where an article ends.
const TOKEN = /[\p{L}\p{N}\p{M}_]+|\n/gu;
// Thai, Lao, Myanmar, Khmer, kana and Han put no spaces between words. RUN: letters of theirs; PIECE:
// from the first one to the next blank.
const UNSPACED_RUN = /[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff]+/g;
const UNSPACED_PIECE = new RegExp(`${UNSPACED_RUN.source.slice(0, -1)}\\S*`, "g");
const HAN_RUN = /[\u3400-\u9fff]+/g;

// Words in lower case, and line ends as "\n", in the order of the text.
export function tokensOf(text) {
  return text.normalize("NFC").toLowerCase().normalize("NFC").match(TOKEN) ?? [];
}

const totalLength = (strings) => (strings ?? []).reduce((sum, one) => sum + one.length, 0);

// Watches, piece by piece, for text without spaces between words, which cannot be cut into words.
// Between two blanks it has whole sentences. A segmenter leaves pieces of one or two letters in
// Chinese, and of up to six in the other scripts.
export function scriptWatch() {
  let [letters, unspaced, han, pieces] = [0, 0, 0, 0];
  return {
    add(text, tokens) {
      letters += totalLength(tokens);
      unspaced += totalLength(text.match(UNSPACED_RUN));
      han += totalLength(text.match(HAN_RUN));
      pieces += (text.match(UNSPACED_PIECE) ?? []).length;
    },
    found() {
      const longestMean = han > 0.9 * unspaced ? 4 : 8;
      return unspaced > Math.max(letters / 2, longestMean * pieces);
    },
  };
}

// Rows of the n largest counts: the most frequent first, of equals the first in the text. Only these
// are sorted, for a long text has a million different words.
export function mostFrequent(counts, n) {
  const tally = new Map();
  for (const count of counts) tally.set(count, (tally.get(count) ?? 0) + 1);
  let room = n;
  let least = 0; // the count at which the room ends
  for (const [count, words] of [...tally].sort((a, b) => b[0] - a[0])) {
    if (words >= room) {
      least = count;
      break;
    }
    room -= words;
  }
  const chosen = [];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > least || (counts[i] === least && room-- > 0)) chosen.push(i);
  }
  return chosen.sort((a, b) => counts[b] - counts[a]);
}

// What keeps a text from being counted, in words, or null.
export function textProblem(script, words) {
  if (script.found()) {
    return "This script is written without spaces between the words. Put spaces between them first.";
  }
  if (words.length === 0) return "There are no words in the text yet. Type a few, one article a line.";
  if (words.length === 1) return `The text has one distinct word, “${words[0]}”, and pairs need two. Type another.`;
  return null;
}
