-- ringbook_operator  what commands of operators do across tenants: dead letters, replays, pauses
-- ringbook_verifier  reads everything and changes nothing: `ringbook verify`
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ringbook_operator', 'ringbook_verifier'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;
GRANT ringbook_operator, ringbook_verifier TO ringbook_app;
GRANT USAGE ON SCHEMA ringbook TO ringbook_operator, ringbook_verifier;

-- What follows from a message travels in its lane.
ALTER TABLE outbox ADD COLUMN lane text NOT NULL DEFAULT 'live' CHECK (lane IN ('live', 'bulk'));

-- An edit is a dead letter of its own: another message, that names the one it was made from.
ALTER TABLE dead_letters
    ADD COLUMN origin_id uuid REFERENCES dead_letters,
    ADD COLUMN difference text,
    ADD CONSTRAINT an_edit_differs CHECK ((origin_id IS NULL) = (difference IS NULL));
CREATE INDEX dead_letters_by_message ON dead_letters (message_id, queue, died_at, dead_letter_id);
CREATE INDEX dead_letters_by_time ON dead_letters (died_at, dead_letter_id);
CREATE INDEX dead_letters_by_origin ON dead_letters (origin_id) WHERE origin_id IS NOT NULL;
-- Groups are read from this index alone.
DROP INDEX dead_letters_by_fingerprint;
CREATE INDEX dead_letters_by_fingerprint ON dead_letters (fingerprint, died_at)
    INCLUDE (dead_letter_id, message_id, tenant_id, queue, provider, error_class);

-- How a dead letter came to its end. One without a row is open, unless its webhook was done since
-- or a later letter tells of the same message.
CREATE TABLE dead_letter_ends (
    dead_letter_id uuid PRIMARY KEY REFERENCES dead_letters,
    how            text NOT NULL CHECK (how IN ('succeeded', 'discarded', 'edited')),
    ended_at       timestamptz NOT NULL DEFAULT now()
);

-- A replay: a selection, frozen when it is made, that is sent on the bulk lane.
CREATE TABLE replays (
    replay_id    uuid PRIMARY KEY,
    name         text NOT NULL CONSTRAINT one_replay_of_a_name UNIQUE,
    source       text NOT NULL CHECK (source IN ('dead_letters', 'webhooks')),
    selection    jsonb NOT NULL,
    asked_by     text NOT NULL,
    reason       text NOT NULL,
    per_second   integer NOT NULL CHECK (per_second > 0),
    items        bigint NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    cancelled_at timestamptz,
    CONSTRAINT ends_once CHECK (finished_at IS NULL OR cancelled_at IS NULL)
);
CREATE TABLE replay_items (
    replay_id uuid NOT NULL REFERENCES replays,
    position  bigint NOT NULL,
    item_id   uuid NOT NULL,
    sent_at   timestamptz,
    left_out  text CHECK (left_out IN ('ended', 'no_queue')),
    PRIMARY KEY (replay_id, position),
    CONSTRAINT sent_or_left_out CHECK (sent_at IS NULL OR left_out IS NULL)
);
CREATE INDEX replay_items_open ON replay_items (replay_id, position)
 WHERE sent_at IS NULL AND left_out IS NULL;
CREATE INDEX replay_items_by_item ON replay_items (item_id);

-- What is stopped for a while. Messages that arrive for it are parked.
CREATE TABLE pauses (
    pause_id   uuid PRIMARY KEY,
    tenant_id  text,
    provider   text,
    actor      text,
    paused_by  text NOT NULL,
    reason     text NOT NULL,
    paused_at  timestamptz NOT NULL DEFAULT now(),
    resumed_by text,
    resumed_at timestamptz,
    CONSTRAINT a_pause_has_a_scope CHECK (num_nonnulls(tenant_id, provider, actor) > 0),
    CONSTRAINT resumed_by_somebody CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
);
CREATE UNIQUE INDEX one_pause_for_a_scope
    ON pauses (coalesce(tenant_id, ''), coalesce(provider, ''), coalesce(actor, ''))
 WHERE resumed_at IS NULL;
CREATE TABLE parked_messages (
    queue          text NOT NULL,
    message_id     uuid NOT NULL,
    tenant_id      text,
    pause_id       uuid NOT NULL REFERENCES pauses,
    correlation_id text,
    content_type   text,
    headers        jsonb NOT NULL,
    body           bytea NOT NULL,
    parked_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue, message_id, pause_id)
);
CREATE INDEX parked_messages_by_age ON parked_messages (pause_id, parked_at);

-- Who did what, when and why. Nobody may change or remove a line.
CREATE TABLE operator_actions (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    acted_at  timestamptz NOT NULL DEFAULT now(),
    acted_by  text NOT NULL,
    action    text NOT NULL,
    reason    text NOT NULL,
    tenant_id text,
    subject   text NOT NULL,
    details   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX operator_actions_by_subject ON operator_actions (subject, acted_at);

-- Only what row-level security keeps apart for everybody else has to be opened.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['operator_actions', 'parked_messages'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
    FOR name IN
        SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity
    LOOP
        EXECUTE format('CREATE POLICY verifying ON %I FOR SELECT TO ringbook_verifier USING (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY[
        'dead_letters', 'operator_actions', 'parked_messages', 'webhook_events', 'inbox', 'tenants',
        'appointments', 'notifications'
    ] LOOP
        EXECUTE format('CREATE POLICY operating ON %I TO ringbook_operator USING (true)', name);
    END LOOP;
END
$$;
CREATE POLICY one_tenant ON parked_messages TO ringbook_app
    USING (tenant_id IS NOT DISTINCT FROM ringbook.tenant())
    WITH CHECK (tenant_id IS NOT DISTINCT FROM ringbook.tenant());
CREATE POLICY relaying ON parked_messages TO ringbook_relay USING (true);

GRANT SELECT, INSERT, UPDATE (headers) ON parked_messages TO ringbook_app;
GRANT INSERT ON dead_letter_ends TO ringbook_app;

GRANT SELECT, DELETE ON parked_messages TO ringbook_relay;
GRANT UPDATE (parked_at) ON parked_messages TO ringbook_relay;  -- FOR UPDATE asks for it
-- A pause may be of any tenant, and every process must know it: a look across tenants.
GRANT SELECT ON pauses TO ringbook_router, ringbook_relay;

GRANT SELECT, INSERT ON dead_letters, dead_letter_ends, operator_actions TO ringbook_operator;
GRANT SELECT, INSERT, UPDATE ON replays, replay_items, pauses TO ringbook_operator;
GRANT SELECT ON webhook_events, inbox, parked_messages TO ringbook_operator;
GRANT SELECT (tenant_id, name) ON tenants TO ringbook_operator;
-- Whether a provider was asked for it already: what a replay would look up, and not repeat.
GRANT SELECT (tenant_id, command_id, call_id) ON appointments TO ringbook_operator;
GRANT SELECT (tenant_id, notification_id, asked_at) ON notifications TO ringbook_operator;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO ringbook_verifier;
REVOKE ALL ON tenant_secrets FROM ringbook_verifier;
