/** Whether each word of what is looked for stands in one of the texts, in whatever case. */
export function isFound(wanted: string, ...texts: string[]): boolean {
  const within = texts.join('\n').toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => within.includes(word));
}
