-- Fills the columns of 0014 in rows that were there before it. Only the rows are locked: new events come in meanwhile, and
-- what wants to change an old one comes again with the next tick.
UPDATE events SET payload = payload WHERE payload ?| ARRAY['nm_id', 'chrt_id', 'threshold', 'member', 'is_asked_for'];
