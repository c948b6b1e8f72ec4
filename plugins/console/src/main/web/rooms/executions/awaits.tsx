import { ShieldCheck } from 'lucide-react';
import { Link } from 'react-router';
import { useCan } from '@/api/session';
import { text } from '@/strings';
import { buttonClass } from '@/ui/button';

const words = text.executions.actions;

/** Where it is decided whether an execution goes on; that it is decided somewhere, for whoever may not see approvals. */
export function Awaits({ approvals: [approval, ...others] }: { approvals: string[] }) {
  const may = useCan('approvals:read');
  if (approval === undefined) return null;
  if (!may) return <span className="self-center text-soft">{words.awaitsApproval}</span>;
  return (
    <Link to={others.length === 0 ? `/approvals/${approval}` : '/approvals'} className={buttonClass('primary')}>
      <ShieldCheck size={16} aria-hidden />{others.length === 0 ? words.seeApproval : words.seeApprovals}
    </Link>
  );
}
