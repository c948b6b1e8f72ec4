-- Admissions number their rows themselves, and see whether a graph's version is the newest.
GRANT USAGE ON SEQUENCE executions_number_seq TO agentos_platform;
GRANT SELECT ON graphs TO agentos_platform;
