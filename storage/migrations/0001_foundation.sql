-- Roles belong to the whole server and outlive a database: each is made once.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'ringbook_app', 'ringbook_router', 'ringbook_relay', 'ringbook_archivist'
    ] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

-- ringbook_app       every process; sees one tenant at a time and owns nothing
-- ringbook_router    whose number, whose event type: the one look across tenants that routing needs
-- ringbook_relay     outbox and spool of all tenants
-- ringbook_archivist dead letters and unrouted webhooks of all tenants, and the depth of it all
GRANT ringbook_router, ringbook_relay, ringbook_archivist TO ringbook_app;

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE SCHEMA ringbook;
GRANT USAGE ON SCHEMA ringbook
   TO ringbook_app, ringbook_router, ringbook_relay, ringbook_archivist;

-- The tenant this transaction is for, or NULL for what belongs to no tenant (yet).
CREATE FUNCTION ringbook.tenant() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('ringbook.tenant_id', true), '');


CREATE TABLE tenants (
    tenant_id      text PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9][a-z0-9_-]{1,62}$'),
    name           text NOT NULL,
    country        text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency       text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    time_zone      text NOT NULL,
    language       text NOT NULL CHECK (language IN ('de', 'en')),
    contact_email  text NOT NULL,
    sms_sender     text NOT NULL,
    markup_percent numeric NOT NULL CHECK (markup_percent >= 0),
    threshold      numeric NOT NULL CHECK (threshold BETWEEN 0 AND 1),
    agent_id       text,
    variables      jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE tenant_secrets (
    tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
    name      text NOT NULL,
    position  smallint NOT NULL,
    sealed    bytea NOT NULL,
    PRIMARY KEY (tenant_id, name, position)
);

CREATE TABLE branches (
    tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
    branch    text NOT NULL,
    name      text NOT NULL,
    address   text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, branch)
);

CREATE TABLE phone_numbers (
    number               text PRIMARY KEY CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
    tenant_id            text NOT NULL REFERENCES tenants ON DELETE CASCADE,
    branch               text NOT NULL,
    telephony_per_minute numeric NOT NULL CHECK (telephony_per_minute >= 0),
    telephony_currency   text NOT NULL CHECK (telephony_currency ~ '^[A-Z]{3}$'),
    FOREIGN KEY (tenant_id, branch) REFERENCES branches
);
CREATE INDEX phone_numbers_of_tenant ON phone_numbers (tenant_id);

CREATE TABLE staff (
    tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
    staff     text NOT NULL,
    name      text NOT NULL,
    branch    text NOT NULL,
    PRIMARY KEY (tenant_id, staff),
    FOREIGN KEY (tenant_id, branch) REFERENCES branches
);

CREATE TABLE services (
    tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
    service   text NOT NULL,
    name      text NOT NULL,
    minutes   integer NOT NULL CHECK (minutes > 0),
    aliases   text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, service)
);

-- Who does what, and which event type of Cal.com sells it. An event type belongs to one tenant.
CREATE TABLE event_types (
    event_type_id bigint PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenants ON DELETE CASCADE,
    service       text NOT NULL,
    staff         text NOT NULL,
    position      smallint NOT NULL,
    CONSTRAINT one_event_type_for_each UNIQUE (tenant_id, service, staff),
    FOREIGN KEY (tenant_id, service) REFERENCES services,
    FOREIGN KEY (tenant_id, staff) REFERENCES staff
);

CREATE TABLE customers (
    customer_id uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenants,
    name        text NOT NULL,
    phone       text,
    email       text,
    first_seen  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX customers_by_phone ON customers (tenant_id, phone);

-- The tables that every message writes have no foreign key to `tenants`: each check would lock
-- that one row anew. Their tenant comes from a table that has one.
CREATE TABLE calls (
    call_id         text PRIMARY KEY,
    tenant_id       text NOT NULL,
    direction       text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'web')),
    business_number text,
    customer_number text,
    agent_id        text,
    rang_at         timestamptz,
    started_at      timestamptz,
    ended_at        timestamptz,
    lasted          interval,
    ended_by        text,
    analyzed_at     timestamptz,
    transferred_to  text,
    recording_url   text,
    analysis_id     uuid,
    first_heard_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT analyzed_after_end CHECK (analyzed_at IS NULL OR ended_at IS NOT NULL),
    CONSTRAINT analysis_is_archived CHECK ((analyzed_at IS NULL) = (analysis_id IS NULL))
);
CREATE INDEX calls_of_tenant ON calls (tenant_id, first_heard_at);

-- Numbers that were called and belong to nobody. The operator is told once for each.
CREATE TABLE quarantined_numbers (
    number     text PRIMARY KEY,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen  timestamptz NOT NULL DEFAULT now()
);

-- Every accepted webhook, raw, with what became of it. `tenant_id` is NULL for what could not be
-- given to one: unreadable, unheard, or of a quarantined number.
CREATE TABLE webhook_events (
    message_id  uuid PRIMARY KEY,
    tenant_id   text,
    provider    text NOT NULL,
    endpoint    text NOT NULL,
    event       text NOT NULL,
    received_at timestamptz NOT NULL,
    settled_at  timestamptz NOT NULL DEFAULT now(),
    attempts    integer NOT NULL CHECK (attempts > 0),
    outcome     text NOT NULL CHECK (outcome IN ('done', 'ignored', 'dead')),
    reason      text,
    body        bytea NOT NULL,
    CONSTRAINT what_is_not_done_has_a_reason CHECK (outcome = 'done' OR reason IS NOT NULL)
);
CREATE INDEX webhook_events_by_time ON webhook_events (received_at);
CREATE INDEX webhook_events_not_done ON webhook_events (outcome, reason) WHERE outcome <> 'done';

-- lz4 packs a body in a tenth of the time; a server built without it keeps its default.
DO $$
BEGIN
    ALTER TABLE webhook_events ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;

CREATE TABLE webhook_spool (
    message_id uuid PRIMARY KEY,
    provider   text NOT NULL,
    endpoint   text NOT NULL,
    event      text NOT NULL,
    tenant_id  text,
    traceparent text,
    received_at timestamptz NOT NULL,
    body       bytea NOT NULL,
    spooled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_spool_by_age ON webhook_spool (spooled_at);

CREATE TABLE inbox (
    handler    text NOT NULL,
    message_id uuid NOT NULL,
    tenant_id  text,
    heard_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, handler)
);

CREATE TABLE outbox (
    message_id uuid PRIMARY KEY,
    tenant_id  text,
    kind       text NOT NULL,
    call_id    text,
    body       bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_by_age ON outbox (written_at);

CREATE TABLE appointments (
    appointment_id uuid PRIMARY KEY,
    tenant_id      text NOT NULL REFERENCES tenants,
    service        text NOT NULL,
    staff          text NOT NULL,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    customer_id    uuid REFERENCES customers,
    call_id        text,
    command_id     uuid,
    source         text NOT NULL CHECK (source IN ('ringbook', 'calcom')),
    held_at        timestamptz NOT NULL DEFAULT now(),
    confirmed_at   timestamptz,
    released_at    timestamptz,
    cancelled_at   timestamptz,
    calcom_uid     text,
    CONSTRAINT ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT confirmed_in_the_calendar CHECK (confirmed_at IS NULL OR calcom_uid IS NOT NULL),
    CONSTRAINT released_is_not_confirmed CHECK (released_at IS NULL OR confirmed_at IS NULL),
    CONSTRAINT one_appointment_for_a_calendar_entry UNIQUE (tenant_id, calcom_uid),
    CONSTRAINT no_double_booking EXCLUDE USING gist (
        tenant_id WITH =, staff WITH =, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (released_at IS NULL AND cancelled_at IS NULL)
);
CREATE UNIQUE INDEX one_live_appointment_for_a_command ON appointments (command_id)
 WHERE released_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE booking_answers (
    command_id  uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES tenants,
    call_id     text,
    answer      jsonb NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now()
);

-- What we were about to do at a provider, written down before it is asked.
CREATE TABLE provider_operations (
    operation_id uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenants,
    provider     text NOT NULL,
    operation    text NOT NULL,
    intended_at  timestamptz NOT NULL DEFAULT now(),
    asked_at     timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    state        text NOT NULL CHECK (state IN ('intended', 'done', 'refused', 'unknown')),
    reference    text,
    reason       text,
    CONSTRAINT finished_says_how CHECK ((finished_at IS NULL) = (state IN ('intended', 'unknown')))
);
CREATE INDEX provider_operations_open ON provider_operations (intended_at)
 WHERE state IN ('intended', 'unknown');

-- Units of a currency for one euro, as the European Central Bank published them that day.
CREATE TABLE exchange_rates (
    rate_date date NOT NULL,
    currency  text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    per_euro  numeric NOT NULL CHECK (per_euro > 0),
    PRIMARY KEY (rate_date, currency)
);

-- One cost for each call. Provider amounts are exact; what is charged is whole minor units.
CREATE TABLE platform_costs (
    call_id             text PRIMARY KEY,
    tenant_id           text NOT NULL,
    final               boolean NOT NULL,
    retell_cents        numeric NOT NULL CHECK (retell_cents >= 0),
    telephony_minutes   integer NOT NULL CHECK (telephony_minutes >= 0),
    telephony_amount    numeric NOT NULL CHECK (telephony_amount >= 0),
    telephony_currency  text NOT NULL,
    rate_date           date NOT NULL,
    usd_per_euro        numeric NOT NULL,
    telephony_per_euro  numeric NOT NULL,
    currency_per_euro   numeric NOT NULL,
    currency            text NOT NULL,
    cost_minor          bigint NOT NULL CHECK (cost_minor >= 0),
    charge_minor        bigint NOT NULL,
    margin_minor        bigint NOT NULL GENERATED ALWAYS AS (charge_minor - cost_minor) STORED,
    recorded_at         timestamptz NOT NULL DEFAULT now()
);

-- `asked_at` is set before the provider is asked and taken back if it did nothing: a row with it
-- and without an outcome may have been sent. `reason` is a word, `unanswered` for what stays unknown.
CREATE TABLE notifications (
    notification_id uuid PRIMARY KEY,
    tenant_id       text REFERENCES tenants,
    cause_id        uuid NOT NULL,
    call_id         text,
    channel         text NOT NULL CHECK (channel IN ('sms', 'email')),
    template        text NOT NULL,
    language        text NOT NULL,
    sender          text NOT NULL,
    recipient       text,
    subject         text,
    body            text NOT NULL,
    written_at      timestamptz NOT NULL,
    asked_at        timestamptz,
    sent_at         timestamptz,
    refused_at      timestamptz,
    reference       text,
    reason          text,
    CONSTRAINT once_for_each_cause UNIQUE (cause_id, channel, template),
    CONSTRAINT sent_or_refused CHECK (sent_at IS NULL OR refused_at IS NULL),
    CONSTRAINT sent_after_asking CHECK (sent_at IS NULL OR asked_at IS NOT NULL),
    CONSTRAINT refused_for_a_reason CHECK ((refused_at IS NULL) = (reason IS NULL)),
    CONSTRAINT nobody_is_refused CHECK (recipient IS NOT NULL OR refused_at IS NOT NULL)
);
CREATE INDEX notifications_open ON notifications (written_at)
 WHERE sent_at IS NULL AND refused_at IS NULL;

CREATE TABLE dead_letters (
    dead_letter_id uuid PRIMARY KEY,
    message_id     uuid,
    tenant_id      text,
    queue          text NOT NULL,
    provider       text,
    kind           text NOT NULL,
    fingerprint    text NOT NULL,
    error_class    text NOT NULL,
    error          text NOT NULL,
    stack          text NOT NULL,
    attempts       integer NOT NULL,
    died_at        timestamptz NOT NULL,
    archived_at    timestamptz NOT NULL DEFAULT now(),
    headers        jsonb NOT NULL,
    content_type   text,
    body           bytea NOT NULL
);
CREATE INDEX dead_letters_by_fingerprint ON dead_letters (fingerprint, died_at);


-- One tenant at a time: each policy is the same sentence.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'tenants', 'tenant_secrets', 'branches', 'phone_numbers', 'staff', 'services',
        'event_types', 'customers', 'calls', 'appointments', 'booking_answers',
        'provider_operations', 'platform_costs'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY one_tenant ON %I TO ringbook_app '
            'USING (tenant_id = ringbook.tenant()) WITH CHECK (tenant_id = ringbook.tenant())',
            name
        );
    END LOOP;
    -- These also hold what belongs to no tenant, which is seen where no tenant is named.
    FOREACH name IN ARRAY ARRAY[
        'inbox', 'outbox', 'notifications', 'dead_letters'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY one_tenant ON %I TO ringbook_app '
            'USING (tenant_id IS NOT DISTINCT FROM ringbook.tenant()) '
            'WITH CHECK (tenant_id IS NOT DISTINCT FROM ringbook.tenant())',
            name
        );
    END LOOP;
END
$$;

-- A webhook of a quarantined number has no tenant until a repeat or a replay finds one.
ALTER TABLE webhook_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON webhook_events TO ringbook_app
    USING (tenant_id IS NULL OR tenant_id = ringbook.tenant())
    WITH CHECK (tenant_id IS NOT DISTINCT FROM ringbook.tenant());

GRANT SELECT ON tenants, tenant_secrets, branches, phone_numbers, staff, services, event_types
   TO ringbook_app;
GRANT SELECT, INSERT, UPDATE
   ON customers, calls, appointments, booking_answers, provider_operations, platform_costs,
      notifications, quarantined_numbers, webhook_events
   TO ringbook_app;
GRANT SELECT, INSERT ON inbox, outbox, exchange_rates TO ringbook_app;
GRANT INSERT ON webhook_spool TO ringbook_app;

-- Routing: a number or an event type names its tenant, and nothing else is told.
CREATE POLICY routing ON phone_numbers FOR SELECT TO ringbook_router USING (true);
CREATE POLICY routing ON event_types FOR SELECT TO ringbook_router USING (true);
CREATE POLICY routing ON tenants FOR SELECT TO ringbook_router USING (true);
GRANT SELECT (number, tenant_id) ON phone_numbers TO ringbook_router;
GRANT SELECT (event_type_id, tenant_id) ON event_types TO ringbook_router;
GRANT SELECT (tenant_id) ON tenants TO ringbook_router;

-- The hottest of these questions in one round trip, without a transaction for its role. It runs
-- as the owner, because a role that owned it could change it.
CREATE FUNCTION ringbook.tenant_of_number(text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
RETURN (SELECT tenant_id FROM phone_numbers WHERE number = $1);
REVOKE ALL ON FUNCTION ringbook.tenant_of_number FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringbook.tenant_of_number TO ringbook_app;

CREATE POLICY relaying ON outbox TO ringbook_relay USING (true);
GRANT SELECT, DELETE ON outbox TO ringbook_relay;
GRANT UPDATE (written_at) ON outbox TO ringbook_relay;  -- FOR UPDATE asks for it
GRANT SELECT, DELETE ON webhook_spool TO ringbook_relay;
GRANT UPDATE (spooled_at) ON webhook_spool TO ringbook_relay;

CREATE POLICY archiving ON dead_letters TO ringbook_archivist USING (true) WITH CHECK (true);
CREATE POLICY archiving ON webhook_events TO ringbook_archivist USING (true) WITH CHECK (true);
CREATE POLICY archiving ON tenants FOR SELECT TO ringbook_archivist USING (true);
GRANT SELECT, INSERT ON dead_letters TO ringbook_archivist;
GRANT SELECT, INSERT, UPDATE ON webhook_events TO ringbook_archivist;
GRANT SELECT (tenant_id) ON tenants TO ringbook_archivist;
