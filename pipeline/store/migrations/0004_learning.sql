-- The record of a course: who attended, what they answered, what they did online. People are keyed hashes; there are no names.

-- One row: a person in a session. Hours 0: listed, and not there.
CREATE TABLE IF NOT EXISTS attendance
(
    course      LowCardinality(String),
    person      String,                        -- keyed hash
    department  LowCardinality(String),
    session     Date32,
    hours       Float64,
    saved       DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(saved)
ORDER BY (course, person, session)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: an answer to a question of a survey.
CREATE TABLE IF NOT EXISTS survey_answers
(
    course      LowCardinality(String),
    respondent  String,                        -- keyed hash of a person, or of the row where the survey is anonymous
    role        LowCardinality(String),        -- participants, tutor …
    item        String,                        -- the question
    value       UInt8,                         -- 1 to 4; 0: left blank
    saved       DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(saved)
ORDER BY (course, role, respondent, item)
SETTINGS non_replicated_deduplication_window = 100;

-- One row: what a person did online in the course on a day.
CREATE TABLE IF NOT EXISTS course_activity
(
    course      LowCardinality(String),
    person      String,                        -- keyed hash
    department  LowCardinality(String),        -- empty: not told
    day         Date32,
    kind        LowCardinality(String),
    count       UInt32,
    minutes     Float64,
    saved       DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(saved)
ORDER BY (course, person, day, kind)
SETTINGS non_replicated_deduplication_window = 100;
