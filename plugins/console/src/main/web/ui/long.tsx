import { useState } from 'react';
import { text } from '@/strings';
import { cut, plain } from './legible';

/** So much as leaves room for what stands around it. */
const MOST = 300;

/** What somebody wrote at whatever length: its beginning, and all of it for whoever wants it. */
export function Long({ written }: { written: string }) {
  const [whole, setWhole] = useState(false);
  if (written.length <= MOST) return plain(written);
  return (
    <>
      {plain(whole ? written : cut(written, MOST))}{' '}
      <button type="button" aria-expanded={whole} className="font-medium text-accent-ink hover:underline" onClick={() => setWhole(!whole)}>{whole ? text.common.showLess : text.common.showMore}</button>
    </>
  );
}
