import { text } from '@/strings';
import { Page } from '@/ui/page';

export default function Room() {
  return <Page title={text.chat.title}><span /></Page>;
}
