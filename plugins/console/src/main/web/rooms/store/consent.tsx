import { useMutation, useQuery } from '@tanstack/react-query';
import { BadgeCheck, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useAttempt } from '@/api/attempt';
import type { Schemas } from '@/api/client';
import { text } from '@/strings';
import { consent as words, store } from '@/strings/store';
import { Badge, type Tone } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { intoView } from '@/ui/into-view';
import { exact, legible, plain } from '@/ui/legible';
import { Markdown } from '@/ui/markdown';
import { byRisk, Permission, Understood } from '@/ui/permission';
import { Failure, Loading } from '@/ui/states';
import { identityOf } from './identity';
import { begin, planOf, swapped, type PermissionRequest, type Plan, type PlanStep, type Source } from './plan';

/**
 * Says what a plugin wants to be allowed, of whom it is and what it brings along, before anything is done. What is
 * agreed to is sent by name, bound to the digest of the file that was looked at.
 *
 * @param onRefuse called when it is refused, which changes nothing
 */
export function Consent({ source, onBegun, onRefuse }: {
  source: Source; onBegun: (operation: Schemas['Operation']) => void; onRefuse: () => void;
}) {
  const plan = useQuery({ queryKey: ['plan', identityOf(source)], queryFn: ({ signal }) => planOf(source, signal), staleTime: Infinity, gcTime: 0, retry: false });
  const name = nameOf(source, plan.data);
  if (plan.data) return <Asked source={source} plan={plan.data} name={name} onBegun={onBegun} onRefuse={onRefuse} />;
  return (
    <Dialog wide title={words.install(name)} onClose={onRefuse} footer={<Button onClick={onRefuse}>{text.common.close}</Button>}>
      {plan.isError ? <Failure compact thrown={plan.error} /> : <Loading label={store.looking} />}
    </Dialog>
  );
}

function nameOf(source: Source, plan: Plan | undefined): string {
  if (source.from === 'listing') return source.listing;
  if (source.from === 'pending') return source.plugin;
  return plan?.plugins.at(-1)?.id ?? source.file.name;
}

function Asked({ source, plan, name, onBegun, onRefuse }: {
  source: Source; plan: Plan; name: string; onBegun: (operation: Schemas['Operation']) => void; onRefuse: () => void;
}) {
  const steps = [...plan.plugins].reverse();
  const all = steps.flatMap((step) => step.permissions.map((request) => ({ step, request })));
  const isNew = (step: PlanStep, request: PermissionRequest) => step.newPermissions.includes(request.permission);
  // By name alone: the server takes what is agreed to for the plugin and for what it brings along.
  const [ticked, setTicked] = useState(() => new Set(all.filter(({ step, request }) => !request.optional || !isNew(step, request)).map(({ request }) => request.permission)));
  const [understood, setUnderstood] = useState(false);
  const accepted = all.filter(({ request }) => ticked.has(request.permission));
  const critical = accepted.some(({ request }) => request.risk === 'CRITICAL');
  const itself = plan.plugins.find((step) => step.id === name);
  const update = swapped(source) !== undefined || itself?.action === 'swap';
  const attempt = useAttempt();
  const beginning = useMutation({
    mutationFn: () => begin(
      attempt,
      source.from === 'file' && update ? { ...source, swap: name } : source,
      { permissions: [...new Set(accepted.map(({ request }) => request.permission))], critical, sha512: itself?.sha512 ?? '' },
    ),
    onSuccess: onBegun,
  });
  const toggle = (one: string) => setTicked((now) => {
    const next = new Set(now);
    if (!next.delete(one)) next.add(one);
    return next;
  });
  return (
    <Dialog
      wide
      title={update ? words.update(name) : words.install(name)}
      description={words.lead}
      onClose={onRefuse}
      footer={
        <>
          <Button onClick={onRefuse}>{update ? words.refuseUpdate : words.refuse}</Button>
          <Button look={critical ? 'danger' : 'primary'} busy={beginning.isPending} disabled={critical && !understood} onClick={() => beginning.mutate()}>
            {update ? words.agreeUpdate : words.agree}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        {steps.map((step) => (
          <Step key={step.id} step={step} alone={steps.length === 1} itself={step === itself}>
            {byRisk(step.permissions).map((request) => {
              const one = request.permission;
              const fresh = isNew(step, request);
              return (
                <Permission
                  key={request.permission}
                  request={request}
                  mark={<span className="text-xs text-soft">{!fresh ? words.granted : request.optional ? words.optional : words.required}</span>}
                  {...(request.optional
                    ? { control: <input type="checkbox" aria-label={`${request.phrase} ${exact(request.target ?? '')}: ${words.optionalHint}`} title={words.optionalHint} className="mt-1 size-4 shrink-0 accent-accent" checked={ticked.has(one)} onChange={() => toggle(one)} /> }
                    : {})}
                />
              );
            })}
          </Step>
        ))}
        {plan.dependants.length > 0 && <p>{words.dependants(plan.dependants.join(', '))}</p>}
        {plan.warnings.length > 0 && (
          <div className="rounded-lg bg-warn-wash p-3 text-warn">
            <p className="font-medium">{words.warnings}</p>
            <ul className="list-disc pl-5">{plan.warnings.map((warning) => <li key={warning}>{plain(warning)}</li>)}</ul>
          </div>
        )}
        {critical && <Understood understood={understood} onChange={setUnderstood} />}
        {beginning.isError && <div ref={intoView}><Failure compact thrown={beginning.error} /></div>}
      </div>
    </Dialog>
  );
}

const CHANGES: Record<Schemas['PermissionChange']['type'], Tone> = { ADDED: 'warn', WIDENED: 'bad', REMOVED: 'soft', NARROWED: 'good' };

function Step({ step, alone, itself, children }: { step: PlanStep; alone: boolean; itself: boolean; children: React.ReactNode[] }) {
  return (
    <section aria-label={step.id}>
      {!alone && <h3 className="font-semibold">{step.id} <span className="font-normal text-soft">{step.version}{!itself && ` · ${words.brings}`}</span></h3>}
      {step.signer ? (
        <p className="flex items-center gap-2 text-good"><BadgeCheck size={16} aria-hidden className="shrink-0" /><span title={`${words.fingerprint} ${step.signer.fingerprint}`}>{words.signedBy(legible(step.signer.name))}</span></p>
      ) : (
        <p className="flex items-center gap-2 text-warn"><TriangleAlert size={16} aria-hidden className="shrink-0" />{words.unsigned}</p>
      )}
      <p className="text-soft">{step.isolated ? words.isolated(step.isolatedBecause) : words.joined(step.isolatedBecause)}</p>
      {step.changes.length > 0 && <Differences changes={step.changes} />}
      {children.length === 0 ? <p className="py-2 text-soft">{words.nothing}</p> : <ul>{children}</ul>}
      {step.readme !== '' && (
        <details className="mt-1 rounded-lg border">
          <summary className="px-3 py-2 font-medium text-accent-ink">{words.readme}</summary>
          <div className="max-h-80 overflow-y-auto border-t px-4 py-3" tabIndex={0} role="region" aria-label={words.readmeOf(step.id)}><Markdown source={step.readme} /></div>
        </details>
      )}
    </section>
  );
}

/** What an update would be allowed beyond, or less than, the version before. */
export function Differences({ changes }: { changes: Schemas['PermissionChange'][] }) {
  return (
    <div className="my-2 rounded-lg bg-sunken p-3">
      <p className="font-medium">{words.difference}</p>
      <ul className="mt-1 flex flex-col gap-1">
        {changes.map((change, at) => (
          <li key={at} className="flex flex-wrap items-center gap-2">
            <Badge tone={CHANGES[change.type]}>{words.change[change.type]}</Badge>
            <span>{change.phrase}</span>
            <code className="font-mono text-xs break-all">{exact(change.before && change.after ? words.changed(change.before, change.after) : change.after ?? change.before ?? '')}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
