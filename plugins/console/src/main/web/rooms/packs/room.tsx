import { Route, Routes } from 'react-router';
import { Anew } from '@/ui/anew';
import { Matrix } from './matrix';
import { PackPage } from './pack';
import { PluginSettingsPage } from './settings';

export default function Room() {
  return (
    <Routes>
      <Route index element={<Matrix />} />
      <Route path=":tenant/:pack" element={<Anew><PackPage /></Anew>} />
      <Route path=":tenant/settings/:plugin" element={<Anew><PluginSettingsPage /></Anew>} />
    </Routes>
  );
}
