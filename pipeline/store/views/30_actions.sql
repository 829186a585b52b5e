-- One row: an agreed action as it stands.
CREATE OR REPLACE VIEW actions_latest AS
SELECT * FROM actions FINAL ORDER BY saved DESC LIMIT 1 BY action;
