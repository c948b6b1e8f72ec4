import { useMutation } from '@tanstack/react-query';
import { useSession } from '@/api/session';
import { text } from '@/strings';
import { Dialog } from '@/ui/dialog';
import { Failure } from '@/ui/states';

/** The way out, and what is said when the server has not confirmed it. */
export function useSignOut() {
  const session = useSession();
  const leaving = useMutation({ mutationFn: () => session.signOut() });
  return {
    signOut: () => leaving.mutate(),
    failed: leaving.isError && (
      <Dialog title={text.common.account.signOutFailed} onClose={leaving.reset}><Failure compact thrown={leaving.error} /></Dialog>
    ),
  };
}
