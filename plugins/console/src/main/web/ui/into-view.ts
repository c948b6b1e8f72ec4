/** A reference that brings what it is given into view. Newer browsers answer with a promise, which a reference must not return. */
export function intoView(shown: HTMLElement | null) {
  shown?.scrollIntoView({ block: 'nearest' });
}
