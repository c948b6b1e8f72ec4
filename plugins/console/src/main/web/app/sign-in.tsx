import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { Problem } from '@/api/problem';
import { otherServers, server } from '@/api/server';
import { hasEnded, signInElsewhere, signInWithKey, signInWithPassword } from '@/api/session';
import { text } from '@/strings';
import { Button, buttonClass } from '@/ui/button';
import { SelectField, TextField } from '@/ui/field';
import { Failure } from '@/ui/states';
import { Tabs } from '@/ui/tabs';
import { Door } from './door';
import { wayBack } from './way-back';

const OIDC = '/api/v1/login/oidc';

/**
 * The door: a person by password or by the organisation's identity provider, a program's key for a tab.
 *
 * @param again it stands over what somebody was at when their sign-in ended
 * @param byKey whoever was there came in with a key
 */
export function SignIn({ again = false, byKey = false }: { again?: boolean; byKey?: boolean }) {
  const [way, setWay] = useState(byKey ? 'key' : 'person');
  useEffect(() => {
    const before = document.title;
    document.title = `${text.common.signIn.title} · ${text.common.product}`;
    return () => {
      if (again) document.title = before;
    };
  }, [again]);
  const elsewhere = server.elsewhere;
  const [ended] = useState(hasEnded);
  return (
    <Door over={again} intro={text.common.signIn.intro}>
      {ended && <p role="status" className="border-b bg-warn-wash px-5 py-3 text-warn">{again ? text.common.signIn.interrupted : text.common.signIn.ended}</p>}
      <Tabs
        label={text.common.signIn.title}
        value={elsewhere ? 'key' : way}
        onChange={setWay}
        tabs={[
          // Browsers keep a login's cookie from other servers.
          ...(elsewhere ? [] : [{ id: 'person', label: text.common.signIn.person, content: <Person again={again} /> }]),
          { id: 'key', label: text.common.signIn.key, content: <Key /> },
        ]}
      />
    </Door>
  );
}

function useSignIn<T>(signIn: (values: T) => Promise<void>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: signIn, onSuccess: () => queries.refetchQueries({ queryKey: ['identity'] }, { throwOnError: true }) });
}

/** Why somebody came back from the identity provider in vain; the address tells the code, and the words are ours. */
function refusal(): Problem | undefined {
  const search = new URLSearchParams(location.search);
  const code = /^identity:([A-Z_]{1,40})$/.exec(search.get('refused') ?? '');
  if (!code?.[1]) return undefined;
  const words = text.common.signIn;
  const traceId = /^[0-9a-f]{32}$/.exec(search.get('trace') ?? '')?.[0] ?? '';
  return new Problem({ status: 401, code: code[0], traceId, detail: words.refused[code[1]] ?? words.refusedOtherwise, action: words.refusedAction });
}

function Person({ again }: { again: boolean }) {
  const [refused] = useState(refusal);
  const words = text.common.signIn;
  const form = useForm({ defaultValues: { email: '', password: '' } });
  const signIn = useSignIn(({ email, password }: { email: string; password: string }) => signInWithPassword(email, password));
  const { errors } = form.formState;
  const required = text.common.form.required;
  return (
    <form noValidate className="flex flex-col gap-4 p-5" onSubmit={form.handleSubmit((values) => signIn.mutate(values))}>
      <TextField label={words.email} type="email" autoComplete="username" error={errors.email?.message} {...form.register('email', { required })} />
      <TextField label={words.password} type="password" autoComplete="current-password" error={errors.password?.message} {...form.register('password', { required })} />
      {signIn.isError ? <Failure compact thrown={signIn.error} /> : refused && <Failure compact thrown={refused} />}
      <Button type="submit" look="primary" busy={signIn.isPending}>{words.submit}</Button>
      <Provider again={again} />
    </form>
  );
}

/**
 * A link to the identity provider, where the server has one: it then answers by sending the browser there. What is kept
 * for whoever signs in again would be lost by going away, so that it opens beside this page, which sees it when it is back.
 */
function Provider({ again }: { again: boolean }) {
  const [offered, setOffered] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    fetch(OIDC, { redirect: 'manual', signal: abort.signal }).then(
      (answer) => setOffered(answer.type === 'opaqueredirect'),
      () => undefined,
    );
    return () => abort.abort();
  }, []);
  if (!offered) return null;
  if (again) return <a href={OIDC} target="_blank" rel="noopener" className={buttonClass('plain')}>{text.common.signIn.providerBeside}</a>;
  return <a href={OIDC} className={buttonClass('plain')} onClick={() => wayBack.keep()}>{text.common.signIn.provider}</a>;
}

function Key() {
  const words = text.common.signIn;
  const form = useForm({ defaultValues: { key: '', origin: server.origin } });
  const others = useQuery({ queryKey: ['other-servers'], queryFn: otherServers, staleTime: Infinity, retry: false });
  const signIn = useSignIn(({ key, origin }: { key: string; origin: string }) => (origin === server.origin ? signInWithKey(key) : signInElsewhere(origin, key)));
  const choices = [...new Set([location.origin, ...(others.data ?? []), server.origin])];
  return (
    <form noValidate className="flex flex-col gap-4 p-5" onSubmit={form.handleSubmit((values) => signIn.mutate(values))}>
      {choices.length > 1 && (
        <SelectField label={words.server} hint={words.serverHint} {...form.register('origin')}>
          {choices.map((origin) => <option key={origin} value={origin}>{origin === location.origin ? words.here : new URL(origin).host}</option>)}
        </SelectField>
      )}
      <TextField
        label={words.keyLabel}
        type="password"
        autoComplete="off"
        spellCheck={false}
        hint={words.keyHint}
        error={form.formState.errors.key?.message}
        {...form.register('key', { required: text.common.form.required })}
      />
      {signIn.isError && <Failure compact thrown={signIn.error} />}
      <Button type="submit" look="primary" busy={signIn.isPending}>{words.submit}</Button>
    </form>
  );
}
