-- Fixed statistics of a grown database with one org. Without any, SQLite cannot know that `org_id` narrows nothing and
-- takes one index as gladly as another; gathered from an almost empty database they would mislead it.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('orchestration_events', 'idx_orch_events_event_id', '1000000 1000000 1'),
  ('orchestration_events', 'idx_orch_events_stream_version', '1000000 1000000 200000 20 1'),
  ('orchestration_events', 'idx_orch_events_stream_sequence', '1000000 1000000 200000 20 1'),
  ('orchestration_events', 'idx_orch_events_command_id', '1000000 3'),
  ('orchestration_events', 'idx_orch_events_correlation_id', '1000000 3'),
  ('orchestration_events', 'orchestration_events_org', '1000000 1000000 1 1 1 1'),
  ('deliveries', 'deliveries_org', '100000 100000 1'),
  ('deliveries', 'deliveries_body', '100000 100000 1'),
  ('deliveries', 'deliveries_integration', '100000 100000 5000 1'),
  ('sources', 'sources_name', '10000 10000 1'),
  ('sources', 'sources_repo', '10000 10000 2'),
  ('sources', 'sources_integration', '10000 10000 500'),
  ('spaces', 'spaces_slug', '1000 1000 1'),
  ('space_sources', 'space_sources', '10000 10000 10 1'),
  ('space_sources', 'space_sources_source', '10000 10000 2 1'),
  ('documents', 'sqlite_autoindex_documents_1', '100000 100000 200 1'),
  ('documents', 'documents_changed', '100000 100000 200 10'),
  ('documents', 'documents_path', '100000 100000 200 1'),
  ('jobs', 'jobs_identity', '100000 100 50 1 1 1'),
  ('jobs', 'jobs_org', '100000 100000 1'),
  ('jobs', 'jobs_source', '100000 100000 100 1'),
  ('jobs', 'jobs_head', '100000 100000 100 1 1 1'),
  ('jobs', 'jobs_due', '1000 2'),
  ('jobs', 'jobs_claimable', '1000 1000 1'),
  ('jobs', 'jobs_open', '1000 1000 5 1'),
  ('job_spaces', 'sqlite_autoindex_job_spaces_1', '200000 200000 2 1'),
  ('job_spaces', 'job_spaces_latest', '200000 200000 100 50 1'),
  ('leases', 'leases', '1000 1000 1 1'),
  ('leases', 'leases_expiry', '100 1');
-- Read by this connection too, and not only by those that are opened later.
ANALYZE sqlite_schema;
