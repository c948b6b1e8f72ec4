import type { Schemas } from '@/api/client';
import { text } from '@/strings';
import { audit as words } from '@/strings/operate';
import { Badge, toneOf } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { dateAndTime } from '@/ui/format';
import { Json } from '@/ui/json';
import { json, legible } from '@/ui/legible';
import { Facts } from '@/ui/page';

type AuditRecord = Schemas['AuditRecord'];

/** One record whole, with what was there before and after. */
export function RecordDialog({ record, onClose }: { record: AuditRecord; onClose: () => void }) {
  const { before, after, ...rest } = record.details;
  const changed = before !== undefined || after !== undefined;
  return (
    <Dialog
      wide
      title={`${words.record(record.sequence)} · ${record.action}`}
      description={<Outcome record={record} />}
      onClose={onClose}
      footer={<Button onClick={onClose}>{text.common.close}</Button>}
    >
      <div className="flex flex-col gap-4">
        <Facts
          items={[
            [words.columns.at, dateAndTime(record.at)],
            [words.columns.actor, <Actor key="actor" whole record={record} />],
            [words.columns.target, <code key="target" className="font-mono text-xs break-all">{json(record.target)}</code>],
            [words.chain, <code key="chain" className="font-mono text-xs break-all">{record.chain}</code>],
            [words.previous, <code key="previous" className="font-mono text-xs break-all">{record.previous}</code>],
            [words.hash, <code key="hash" className="font-mono text-xs break-all">{record.hash}</code>],
          ]}
        />
        {changed && (
          <div className="grid gap-4 sm:grid-cols-2">
            <State title={words.before} value={before} />
            <State title={words.after} value={after} />
          </div>
        )}
        {Object.keys(rest).length > 0 && <State title={words.details} value={rest} />}
      </div>
    </Dialog>
  );
}

/** Who it was by name, where there is one; whole with the id that the record has. */
export function Actor({ record: { actor, actorName }, whole = false }: { record: AuditRecord; whole?: boolean }) {
  if (actorName === undefined) return <code className="font-mono text-xs break-all">{actor}</code>;
  return (
    <span title={whole ? undefined : actor} className="break-words">
      {legible(actorName)}
      {whole && <code className="block font-mono text-xs break-all text-soft">{actor}</code>}
    </span>
  );
}

/** How it ended; what was only tried must not look as if it were done. */
export function Outcome({ record: { outcome, details } }: { record: AuditRecord }) {
  return (
    <span className="inline-flex flex-wrap gap-1">
      <Badge tone={toneOf(outcome)} dot>{words.outcomes[outcome] ?? outcome}</Badge>
      {details['dryRun'] === 'true' && <Badge>{words.tried}</Badge>}
    </span>
  );
}

function State({ title, value }: { title: string; value: unknown }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-1 font-medium">{title}</h3>
      {value === undefined ? <p className="text-soft">{words.nothing}</p> : <Json value={value} label={title} />}
    </section>
  );
}
