UPDATE events SET for_bus = true WHERE id = (SELECT min(id) FROM events);
