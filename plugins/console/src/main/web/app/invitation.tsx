import { useMutation, useQuery } from '@tanstack/react-query';
import { MailX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { Link } from 'react-router';
import { api, body } from '@/api/client';
import { asProblem } from '@/api/problem';
import { server } from '@/api/server';
import { signInWithPassword } from '@/api/session';
import { text } from '@/strings';
import { invitation as words } from '@/strings/invitation';
import { Button, buttonClass } from '@/ui/button';
import { TextField } from '@/ui/field';
import { dateAndTime } from '@/ui/format';
import { Failure, Loading, Notice } from '@/ui/states';
import { Door } from './door';

/**
 * Where the link of an invitation leads: the person sees for which address it is, and sets a password. The token stands
 * behind the #, which browsers send to no server, and is taken out of the address at once.
 */
export default function InvitationPage() {
  const [token] = useState(() => tokenOf(location.hash));
  useEffect(() => {
    document.title = `${words.title} · ${text.common.product}`;
    history.replaceState(history.state, '', location.pathname);
  }, []);
  const open = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => body(api.POST('/api/v1/login/invitation/look', { body: { token } })),
    enabled: token !== '',
    retry: false,
    staleTime: Infinity,
  });
  const gone = token === '' || (open.isError && asProblem(open.error).code === 'identity:INVITATION_INVALID');
  return (
    <Door intro={words.intro}>
      {gone ? <Gone /> : open.isError ? <Failure thrown={open.error} retry={() => void open.refetch()} />
        : open.isPending ? <Loading rows={3} /> : <Accept token={token} email={open.data.email} endsAt={open.data.endsAt} />}
    </Door>
  );
}

/** What is no text is no token either: such a link is as good as one that was used. */
function tokenOf(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1)).trim();
  } catch {
    return '';
  }
}

function Gone() {
  return (
    <Notice whole icon={<MailX size={22} />} title={words.gone} action={<Link to="/" className={buttonClass('primary')}>{words.toSignIn}</Link>}>
      <p>{words.goneDetail}</p>
    </Notice>
  );
}

interface Typed {
  password: string;
  again: string;
}

function Accept({ token, email, endsAt }: { token: string; email: string; endsAt: string }) {
  const form = useForm<Typed>({ defaultValues: { password: '', again: '' } });
  const accepting = useMutation({
    mutationFn: async ({ password }: Typed) => {
      await body(api.POST('/api/v1/login/invitation', { body: { token, password } }));
      await signInWithPassword(email, password);
      // A tab that used another server is at home now: the login is one of this server.
      server.choose(location.origin);
      // All that was known of whoever was signed in before is forgotten with the page.
      location.assign('/console/');
    },
  });
  const { errors } = form.formState;
  const required = text.common.form.required;
  if (accepting.isError && asProblem(accepting.error).code === 'identity:INVITATION_INVALID') return <Gone />;
  return (
    <form noValidate className="flex flex-col gap-4 p-5" onSubmit={form.handleSubmit((values) => accepting.mutate(values))}>
      <div>
        <h2 className="font-semibold">{words.title}</h2>
        <p className="text-soft">{words.lead}</p>
      </div>
      <TextField label={text.common.signIn.email} type="email" autoComplete="username" readOnly value={email} />
      <TextField
        label={text.common.signIn.password}
        type="password"
        autoComplete="new-password"
        hint={words.passwordHint}
        error={errors.password?.message}
        {...form.register('password', { required, minLength: { value: 12, message: words.tooShort } })}
      />
      <TextField
        label={words.again}
        type="password"
        autoComplete="new-password"
        error={errors.again?.message}
        {...form.register('again', { required, validate: (value, { password }) => value === password || words.differs })}
      />
      {accepting.isError && <Failure compact thrown={accepting.error} />}
      <Button type="submit" look="primary" busy={accepting.isPending}>{words.accept}</Button>
      <p className="text-xs text-soft">{words.until(dateAndTime(endsAt))}</p>
    </form>
  );
}
