-- What people save replaces what they saved before. Here everything stays as it was saved, so that a report can be made
-- again from what was known then.

CREATE TABLE IF NOT EXISTS ticks_saved AS ticks
ENGINE = ReplacingMergeTree
ORDER BY (rule, account, day, saved)
SETTINGS non_replicated_deduplication_window = 100;

CREATE MATERIALIZED VIEW IF NOT EXISTS ticks_saving TO ticks_saved AS SELECT * FROM ticks;

INSERT INTO ticks_saved SELECT * FROM ticks;

CREATE TABLE IF NOT EXISTS attendance_saved AS attendance
ENGINE = ReplacingMergeTree
ORDER BY (course, person, session, saved)
SETTINGS non_replicated_deduplication_window = 100;

CREATE MATERIALIZED VIEW IF NOT EXISTS attendance_saving TO attendance_saved AS SELECT * FROM attendance;

INSERT INTO attendance_saved SELECT * FROM attendance;

CREATE TABLE IF NOT EXISTS survey_answers_saved AS survey_answers
ENGINE = ReplacingMergeTree
ORDER BY (course, role, respondent, item, saved)
SETTINGS non_replicated_deduplication_window = 100;

CREATE MATERIALIZED VIEW IF NOT EXISTS survey_answers_saving TO survey_answers_saved AS SELECT * FROM survey_answers;

INSERT INTO survey_answers_saved SELECT * FROM survey_answers;

CREATE TABLE IF NOT EXISTS course_activity_saved AS course_activity
ENGINE = ReplacingMergeTree
ORDER BY (course, person, day, kind, saved)
SETTINGS non_replicated_deduplication_window = 100;

CREATE MATERIALIZED VIEW IF NOT EXISTS course_activity_saving TO course_activity_saved AS SELECT * FROM course_activity;

INSERT INTO course_activity_saved SELECT * FROM course_activity;
