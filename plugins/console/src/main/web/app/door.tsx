import type { ReactNode } from 'react';
import { text } from '@/strings';
import mark from '../mark.svg';

/** What is seen from outside: the product's name, and one card with what is to be done. */
export function Door({ intro, children, over = false }: {
  intro: string; children: ReactNode;
  /** It stands over a page that has a main part of its own. */
  over?: boolean;
}) {
  const Frame = over ? 'div' : 'main';
  return (
    <Frame className="grid min-h-full place-items-center bg-canvas p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex flex-col items-center gap-3 text-center">
          <img src={mark} alt="" className="size-12" />
          <div>
            <h1 className="text-xl font-semibold tracking-tight">{text.common.product}</h1>
            <p className="text-soft">{intro}</p>
          </div>
        </div>
        <div className="overflow-hidden rounded-2xl border bg-surface shadow-card">{children}</div>
      </div>
    </Frame>
  );
}
