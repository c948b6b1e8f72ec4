import { useCan } from '@/api/session';
import { data as words } from '@/strings/data';
import { Page } from '@/ui/page';
import { Erasures } from './erasures';
import { Exports } from './exports';

/** What is kept of the tenant: to hand it out, and to erase what a person began. */
export default function Room() {
  const mayErase = useCan('data:erase');
  return (
    <Page title={words.title} lead={words.lead}>
      <Exports />
      {mayErase && <Erasures />}
    </Page>
  );
}
