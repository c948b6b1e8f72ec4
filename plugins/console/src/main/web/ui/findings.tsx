import { TriangleAlert } from 'lucide-react';
import type { Schemas } from '@/api/client';
import { plain } from './legible';

/** What may go wrong with a graph, each with its place in the document. */
export function Findings({ findings }: { findings: Schemas['Finding'][] }) {
  return (
    <ul className="flex flex-col gap-3">
      {findings.map(({ pointer, message }) => (
        <li key={pointer + message} className="flex gap-2.5">
          <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
          <span className="min-w-0 break-words">{plain(message)}<code className="block font-mono text-xs break-all text-soft">{pointer}</code></span>
        </li>
      ))}
    </ul>
  );
}
