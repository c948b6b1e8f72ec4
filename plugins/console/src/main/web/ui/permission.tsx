import { ShieldAlert, ShieldCheck, ShieldX } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Schemas } from '@/api/client';
import { consent } from '@/strings/store';
import { Badge, toneOf } from './badge';
import { exact, plain } from './legible';

type Request = Schemas['PermissionRequest'];

const ICONS = { LOW: ShieldCheck, MEDIUM: ShieldAlert, HIGH: ShieldAlert, CRITICAL: ShieldX };
const INKS = { LOW: 'text-good', MEDIUM: 'text-warn', HIGH: 'text-bad', CRITICAL: 'text-bad' };

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** One permission as a sentence: what it allows and on what, why the plugin wants it, and how much is at risk. */
export function Permission({ request, mark, control }: { request: Request; mark?: ReactNode; control?: ReactNode }) {
  const Icon = ICONS[request.risk];
  const means = consent.means[request.risk];
  return (
    <li className="flex gap-3 border-b py-3 last:border-0">
      {control ?? <Icon size={18} aria-hidden className={`mt-0.5 shrink-0 ${INKS[request.risk]}`} />}
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {capital(request.phrase)}
          <Target target={request.target ?? ''} />
        </p>
        <p className="break-words text-soft">{request.reason ? consent.why(plain(request.reason)) : consent.noReason}{means && <span className="block">{means}</span>}</p>
      </div>
      <div className="flex shrink-0 flex-col items-end gap-1">
        <Badge tone={toneOf(request.risk)}>{consent.risk[request.risk] ?? request.risk}</Badge>
        {mark}
      </div>
    </li>
  );
}

/** On what: the hosts, the paths, the names. A pattern that leaves nothing out says so in words. */
function Target({ target }: { target: string }) {
  if (target === '') return null;
  const any = /^[*/:]+$/.test(target);
  return <> <code className="rounded bg-sunken px-1.5 py-0.5 font-mono text-xs break-all">{exact(target)}</code>{any && <span className="font-normal text-soft"> {consent.any}</span>}</>;
}

/** The word of its own that granting what is critical takes. */
export function Understood({ understood, onChange }: { understood: boolean; onChange: (understood: boolean) => void }) {
  return (
    <label className="flex gap-3 rounded-lg border border-bad/40 bg-bad-wash p-3">
      <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-bad" checked={understood} onChange={(event) => onChange(event.target.checked)} />
      <span>{consent.critical}</span>
    </label>
  );
}

/** The gravest first. */
export function byRisk<T extends { risk: Request['risk'] }>(requests: T[]): T[] {
  const order = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
  return [...requests].sort((one, other) => order.indexOf(one.risk) - order.indexOf(other.risk));
}
