"""Tables of the embedded store. Narrow tables are counted, wide ones are only read for the rows that are shown."""

from storage.migrate import Step
from storage.sqlite.grams import PUNCTUATION

_TOKENISER = "\"ascii tokenchars '" + PUNCTUATION.replace("'", "''").replace('"', '""') + "'\""

# `mention` holds what is filtered, grouped and sorted by; `body` what is shown; `searchable` the normalised text.
# `mention_subject` and `mention_topic` repeat the columns that the frequent counts need, so these touch one index.
# Times are microseconds since 1970 UTC. severity -1 = unscored. `key` is never used again after a purge.
_MENTIONS: Step = (
    """
    CREATE TABLE mention (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        published INTEGER NOT NULL,
        collected INTEGER NOT NULL,
        lag INTEGER NOT NULL,
        stored INTEGER NOT NULL,
        engagement_at INTEGER NOT NULL,
        platform TEXT NOT NULL,
        kind TEXT NOT NULL,
        source TEXT,
        region TEXT,
        author TEXT,
        outlet TEXT,
        bucket INTEGER NOT NULL,
        reactions INTEGER NOT NULL,
        deleted INTEGER,
        cluster TEXT,
        sentiment TEXT,
        severity INTEGER NOT NULL DEFAULT -1
    )
    """,
    # Wider than the order needs: it answers the counts of all subjects together without touching the table.
    "CREATE INDEX mention_by_time ON mention (published DESC, id, deleted, platform, sentiment)",
    """
    CREATE INDEX mention_unscored ON mention (published DESC, id, bucket)
    WHERE sentiment IS NULL AND deleted IS NULL
    """,
    "CREATE TABLE body (key INTEGER PRIMARY KEY, document TEXT NOT NULL, annotation TEXT)",
    "CREATE TABLE searchable (key INTEGER PRIMARY KEY, normal TEXT NOT NULL)",
    """
    CREATE TABLE mention_subject (
        subject TEXT NOT NULL,
        published INTEGER NOT NULL,
        key INTEGER NOT NULL,
        deleted INTEGER,
        sentiment TEXT,
        PRIMARY KEY (subject, published, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE mention_topic (
        topic TEXT NOT NULL,
        published INTEGER NOT NULL,
        key INTEGER NOT NULL,
        PRIMARY KEY (topic, published, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE reading (
        id TEXT NOT NULL,
        taken INTEGER NOT NULL,
        likes INTEGER,
        comments INTEGER,
        shares INTEGER,
        views INTEGER,
        PRIMARY KEY (id, taken)
    ) WITHOUT ROWID
    """,
    # Pairs of neighbouring characters as tokens (storage/sqlite/grams.py). Positions and sizes are not needed:
    # a pair is exact by itself and longer terms are verified on `searchable`.
    f"""
    CREATE VIRTUAL TABLE grams
    USING fts5 (pairs, content = '', detail = none, columnsize = 0, tokenize = {_TOKENISER})
    """,
)
_STATE: Step = (
    """
    CREATE TABLE document (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (kind, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE log (
        kind TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (kind, seq)
    ) WITHOUT ROWID
    """,
)

# The topics of a mention, for counts of many subjects at once: the primary key begins with the topic.
_TOPICS_OF: Step = ("CREATE INDEX mention_topic_by_mention ON mention_topic (key)",)

STEPS: tuple[Step, ...] = (_MENTIONS + _STATE, _TOPICS_OF)
