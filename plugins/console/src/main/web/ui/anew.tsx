import { Fragment, type ReactNode } from 'react';
import { useLocation } from 'react-router';

/** What belongs to an address: at another one nothing is left of it. */
export function Anew({ children }: { children: ReactNode }) {
  return <Fragment key={useLocation().pathname}>{children}</Fragment>;
}
