import { useMutation } from '@tanstack/react-query';
import { Component, Suspense, useEffect, useState, type ReactNode } from 'react';
import { Navigate, Route, Routes, useLocation } from 'react-router';
import { ChangesProvider } from '@/api/changes';
import { credential } from '@/api/credential';
import { server } from '@/api/server';
import { endLogin, SessionProvider, useIdentity, useOtherTabs, useSession, whose } from '@/api/session';
import { rooms, type Room } from '@/rooms/rooms';
import { text } from '@/strings';
import { Button, buttonClass } from '@/ui/button';
import { Failure, Loading, Needs, NeedsTenant, Notice } from '@/ui/states';
import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { loadWhenIdle, NotLoaded, onDemand } from './on-demand';
import { Shell } from './shell';
import { SignIn } from './sign-in';
import { SignInAgain } from './sign-in-again';
import { wayBack } from './way-back';

const InvitationPage = onDemand(() => import('./invitation'));

export function App() {
  const { pathname } = useLocation();
  return (
    <Boundary at={pathname}>
      {pathname === '/invitation' ? <Suspense fallback={<Loading />}><InvitationPage /></Suspense> : <Known />}
    </Boundary>
  );
}

/** Everything else is for whoever is known, or asks who it is. */
function Known() {
  const identity = useIdentity();
  useOtherTabs();
  if (identity.isPending) return <Loading />;
  // Who is known stays so while the server does not answer: what is typed is kept.
  if (identity.isError && identity.data === undefined) {
    return (
      <main>
        <Failure whole thrown={identity.error} retry={() => void identity.refetch()} />
        <Leave />
      </main>
    );
  }
  const { identity: present, interrupted } = identity.data;
  const shown = present ?? interrupted;
  if (shown === undefined) return <SignIn />;
  return (
    <>
      <SessionProvider key={whose(shown)} identity={shown}>
        <ChangesProvider>
          <Shell>
            <Rooms />
          </Shell>
        </ChangesProvider>
      </SessionProvider>
      {present === null && <SignInAgain byKey={shown.login === undefined} />}
    </>
  );
}

/**
 * The way out for whoever is kept from everything by what goes wrong: to the door, or back from another server to the one
 * that this page came from.
 */
function Leave() {
  const leaving = useMutation({
    mutationFn: async () => {
      if (server.elsewhere) credential.forget();
      else await endLogin();
      server.choose(location.origin);
      location.assign('/console/');
    },
  });
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-3 px-6">
      <Button busy={leaving.isPending} onClick={() => leaving.mutate()}>{server.elsewhere ? text.common.signIn.backHere : text.common.account.signOut}</Button>
      {leaving.isError && <Failure compact thrown={leaving.error} />}
    </div>
  );
}

function Rooms() {
  const session = useSession();
  const first = rooms.find((room) => session.can(room.scope)) ?? rooms[0];
  useEffect(() => loadWhenIdle(rooms.filter((room) => session.can(room.scope)).map((room) => room.page)), [session]);
  return (
    <Routes>
      <Route index element={<Begin at={`/${first?.path ?? 'executions'}`} />} />
      {rooms.map((room) => <Route key={room.path} path={`${room.path}/*`} element={<Entered room={room} />} />)}
      <Route path="*" element={<Nowhere />} />
    </Routes>
  );
}

/** Where somebody begins: where they wanted to go before they signed in elsewhere, or at the first room. */
function Begin({ at }: { at: string }) {
  const [to] = useState(() => wayBack.wanted ?? at);
  useEffect(() => wayBack.gone(), []);
  return <Navigate replace to={to} />;
}

function Entered({ room }: { room: Room }) {
  const location = useLocation();
  const page = (
    <Needs scope={room.scope}>
      <Suspense fallback={<Loading />}>
        <room.page />
      </Suspense>
    </Needs>
  );
  return <Boundary key={room.path} at={location.pathname}>{room.ofTenant ? <NeedsTenant>{page}</NeedsTenant> : page}</Boundary>;
}

function Nowhere() {
  const words = text.common.notFound;
  return (
    <Notice whole icon={<Compass size={22} />} title={words.title} action={<Link to="/" className={buttonClass('primary')}>{words.home}</Link>}>
      {words.detail}
    </Notice>
  );
}

/** Loads the page anew, as soon as there is a server that has it: without one the browser would show its own page. */
function reload() {
  void fetch(location.href).then(() => location.reload(), () => undefined);
}

/** What a part itself does wrong is shown in its place, until another address is gone to; what is around it stays usable. */
class Boundary extends Component<{ at: string; children: ReactNode }, { thrown?: unknown }> {
  override state: { thrown?: unknown } = {};

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown };
  }

  override componentDidUpdate(before: { at: string }) {
    if (before.at !== this.props.at && this.state.thrown !== undefined) this.setState({ thrown: undefined });
  }

  override render() {
    const { thrown } = this.state;
    if (thrown !== undefined) return <Failure whole thrown={thrown} retry={thrown instanceof NotLoaded ? reload : () => this.setState({ thrown: undefined })} />;
    return this.props.children;
  }
}
