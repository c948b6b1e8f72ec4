import { Route, Routes } from 'react-router';
import { List } from './list';
import { Viewer } from './viewer';

/** All executions of the tenant, and each by its address. */
export default function ExecutionsRoom() {
  return (
    <Routes>
      <Route index element={<List />} />
      <Route path=":id" element={<Viewer />} />
    </Routes>
  );
}
