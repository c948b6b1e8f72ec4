/** A part of a text, and whether the other text has it as well. */
export interface Part {
  text: string;
  same: boolean;
}

/** So many pairs of words are looked at; what is longer counts as different. */
const MOST = 1_000_000;

/** Two texts in parts: the words that both have in the same order, and those that only one of them has. */
export function compared(before: string, after: string): { before: Part[]; after: Part[] } {
  const left = before.match(/\S+\s*|\s+/gu) ?? [];
  const right = after.match(/\S+\s*|\s+/gu) ?? [];
  let first = 0;
  while (first < left.length && first < right.length && left[first] === right[first]) first++;
  let last = 0;
  while (last < left.length - first && last < right.length - first && left[left.length - 1 - last] === right[right.length - 1 - last]) last++;
  const [kept, came] = [left.slice(first, left.length - last), right.slice(first, right.length - last)];
  const common = longest(kept, came);
  const whole = (all: string[], middle: boolean[]) => parts(all, [...Array<boolean>(first).fill(true), ...middle, ...Array<boolean>(last).fill(true)]);
  return { before: whole(left, common.left), after: whole(right, common.right) };
}

/** Of each of two lists, which words belong to the longest sequence that both have. */
function longest(left: string[], right: string[]): { left: boolean[]; right: boolean[] } {
  const found = { left: Array<boolean>(left.length).fill(false), right: Array<boolean>(right.length).fill(false) };
  if (left.length * right.length > MOST) return found;
  const row = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * row);
  const at = (i: number, j: number) => lengths[i * row + j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * row + j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) {
      found.left[i++] = true;
      found.right[j++] = true;
    } else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return found;
}

function parts(words: string[], same: boolean[]): Part[] {
  const joined: Part[] = [];
  words.forEach((text, at) => {
    const before = joined.at(-1);
    if (before && before.same === (same[at] ?? false)) before.text += text;
    else joined.push({ text, same: same[at] ?? false });
  });
  return joined;
}
