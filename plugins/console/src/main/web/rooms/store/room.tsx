import { Route, Routes } from 'react-router';
import { Anew } from '@/ui/anew';
import { ListingPage } from './listing';
import { Listings } from './listings';

export default function Room() {
  return (
    <Routes>
      <Route index element={<Listings />} />
      <Route path=":slug" element={<Anew><ListingPage /></Anew>} />
    </Routes>
  );
}
