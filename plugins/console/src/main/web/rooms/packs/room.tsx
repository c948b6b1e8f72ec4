import { Route, Routes } from 'react-router';
import { Matrix } from './matrix';
import { PackPage } from './pack';
import { PluginSettingsPage } from './settings';

export default function Room() {
  return (
    <Routes>
      <Route index element={<Matrix />} />
      <Route path=":tenant/:pack" element={<PackPage />} />
      <Route path=":tenant/settings/:plugin" element={<PluginSettingsPage />} />
    </Routes>
  );
}
