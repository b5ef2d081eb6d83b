UPDATE cabinets SET paused_at = now(), pause_reason = 'refused';
UPDATE wb_tokens SET suspected_at = now(), refused_categories = 32;
UPDATE data_sets SET refused_at = now();
