export const executions = {
  title: 'Executions',
  lead: 'What agents and graphs are doing, and what they did.',
  columns: { id: 'Execution', state: 'State', what: 'Agent or graph', started: 'Begun', took: 'Took', session: 'Session' },
  filters: { state: 'State', anyState: 'Any state', agent: 'Agent', agentHint: 'pack/agent', session: 'Session', clear: 'Clear filters' },
  empty: 'No executions yet',
  emptyDetail: 'What agents are asked shows up here: from the chat, the API, the command line, or a protocol.',
  emptyFiltered: 'No execution matches',
  emptyFilteredDetail: 'Nothing of this tenant has all that the filters ask for.',
};
