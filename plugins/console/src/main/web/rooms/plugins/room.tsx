import { Route, Routes } from 'react-router';
import { Anew } from '@/ui/anew';
import { PluginList } from './list';
import { PluginPage } from './plugin';

export default function Room() {
  return (
    <Routes>
      <Route index element={<PluginList />} />
      <Route path=":id" element={<Anew><PluginPage /></Anew>} />
    </Routes>
  );
}
