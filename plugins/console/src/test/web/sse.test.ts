import { describe, expect, it } from 'vitest';
import { EventParser } from '../../main/web/api/sse';

describe('events of a stream', () => {
  it('are whole however the bytes are cut', () => {
    const sent = ': beat\n\nid: 1\nevent: task.started\ndata: {"a":1}\n\nid: 2\ndata: x\ndata: y\n\n';
    for (let cut = 1; cut < sent.length; cut++) {
      const parser = new EventParser();
      const events = [...parser.feed(sent.slice(0, cut)), ...parser.feed(sent.slice(cut))];
      expect(events).toEqual([
        { id: '1', type: 'task.started', data: '{"a":1}' },
        { id: '2', type: 'message', data: 'x\ny' },
      ]);
    }
  });

  it('take lines that end as elsewhere, and wait for the end of a line', () => {
    const parser = new EventParser();
    expect(parser.feed('id: 7\r\ndata: half')).toEqual([]);
    expect(parser.feed(' and half\r\n\r')).toEqual([]);
    expect(parser.feed('\n')).toEqual([{ id: '7', type: 'message', data: 'half and half' }]);
  });

  it('are none without data', () => {
    expect(new EventParser().feed('event: x\nid: 1\n\n')).toEqual([]);
  });
});
