-- The ledger of one fund. Numbers of more than 63 bits are decimal texts, bytes are base64.

-- What the ledger knows about itself: whose it is, how far a walk through the node's list has come.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Transactions that touch the fund, numbered as they follow one another on the chain, from one.
CREATE TABLE transactions (
    number BIGINT PRIMARY KEY,
    signature TEXT NOT NULL UNIQUE,
    slot BIGINT NOT NULL,
    -- Unix time of the block.
    time BIGINT NOT NULL,
    -- 1: cannot be undone. 0: provisional, it may still vanish.
    is_final BIGINT NOT NULL,
    -- 1: the node had not kept all log lines, so that events are missing.
    is_truncated BIGINT NOT NULL
);

-- Few at any time: those that may vanish, and those to ask for again.
CREATE INDEX transactions_provisional ON transactions (number) WHERE is_final = 0;
CREATE INDEX transactions_truncated ON transactions (number) WHERE is_truncated = 1;
CREATE INDEX transactions_by_slot ON transactions (slot, number);

-- Events, in order of (number of the transaction, place in it).
CREATE TABLE events (
    number BIGINT NOT NULL,
    place BIGINT NOT NULL,
    -- Which of the transaction's calls of the program has emitted it.
    call BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- The bytes as the program has logged them.
    data TEXT NOT NULL,
    PRIMARY KEY (number, place)
);

CREATE INDEX events_by_kind ON events (kind, number, place);

-- The members that an event names.
CREATE TABLE parties (
    member TEXT NOT NULL,
    number BIGINT NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (member, number, place)
);

CREATE INDEX parties_by_number ON parties (number);

-- Signatures that the node has listed and the ledger has not read yet; the oldest has the least position.
CREATE TABLE queue (
    position BIGINT PRIMARY KEY,
    signature TEXT NOT NULL,
    slot BIGINT NOT NULL
);

-- The fund's books at the end of each minute with an event, as JSON.
CREATE TABLE minutes (
    minute BIGINT PRIMARY KEY,
    number BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    data TEXT NOT NULL
);

-- Figures of risk, read from the accounts about once a minute, as JSON.
CREATE TABLE sights (
    minute BIGINT PRIMARY KEY,
    slot BIGINT NOT NULL,
    data TEXT NOT NULL
);
