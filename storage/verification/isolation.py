"""P6: row-level security is there for every table of tenants, and no role of ours goes round it."""

from typing import Final

from storage.postgres import Duty
from storage.verification.question import Promise, Question

_APP: Final = "ringbook_app"
_ROLES: Final = ", ".join(f"'{role}'" for role in (_APP, *Duty))
_SCHEMAS: Final = "'public'::regnamespace, 'ringbook'::regnamespace"
_TABLES: Final = """
    SELECT oid, oid::regclass::text AS name, relrowsecurity
      FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    """

TABLES: Final = Question(
    name="isolation.tables",
    promise=Promise.P6,
    holds="each table of tenants that processes read has row-level security and its policy",
    sql=f"""
        SELECT name, relrowsecurity AS enabled
          FROM ({_TABLES}) AS owned
         WHERE EXISTS (SELECT FROM pg_attribute
                        WHERE attrelid = owned.oid AND attname = 'tenant_id' AND NOT attisdropped)
           AND has_any_column_privilege('{_APP}', owned.oid, 'SELECT')
           AND NOT (
               relrowsecurity
               AND EXISTS (SELECT FROM pg_policy
                            WHERE polrelid = owned.oid AND to_regrole('{_APP}') = ANY(polroles))
           )
        """,  # noqa: S608 -- all parts are ours
    of_tenants=False,
)
# A policy for everybody is one for the processes, too.
POLICIES: Final = Question(
    name="isolation.policies",
    promise=Promise.P6,
    holds="each policy for processes asks for the tenant",
    sql=f"""
        SELECT polrelid::regclass::text AS name, polname AS policy,
               pg_get_expr(polqual, polrelid) AS sees,
               pg_get_expr(polwithcheck, polrelid) AS writes
          FROM pg_policy
         WHERE (to_regrole('{_APP}') = ANY(polroles) OR 0 = ANY(polroles))
           AND (coalesce(pg_get_expr(polqual, polrelid), '') !~ 'ringbook\\.tenant\\(\\)'
                OR pg_get_expr(polwithcheck, polrelid) !~ 'ringbook\\.tenant\\(\\)')
        """,  # noqa: S608 -- as above
    of_tenants=False,
)
ROLES: Final = Question(
    name="isolation.roles",
    promise=Promise.P6,
    holds="no role of ours goes round row-level security, by itself or as a member of another",
    sql=f"""
        SELECT rolname AS role, rolsuper AS superuser, rolbypassrls AS bypasses,
               outside.member_of
          FROM pg_roles
          LEFT JOIN LATERAL (
              SELECT string_agg(roleid::regrole::text, ' ') AS member_of
                FROM pg_auth_members
               WHERE member = pg_roles.oid AND roleid::regrole::text NOT IN ({_ROLES})
          ) AS outside ON true
         WHERE rolname IN ({_ROLES})
           AND (rolsuper OR rolbypassrls OR rolcreaterole OR member_of IS NOT NULL)
        """,  # noqa: S608 -- as above
    of_tenants=False,
)
OWNERS: Final = Question(
    name="isolation.owners",
    promise=Promise.P6,
    holds="no role of ours owns a table or a function: an owner could lift row-level security",
    sql=f"""
        SELECT 'table' AS kind, oid::regclass::text AS name, relowner::regrole::text AS owner
          FROM pg_class
         WHERE relnamespace IN ({_SCHEMAS})
           AND relowner::regrole::text IN ({_ROLES})
         UNION ALL
        SELECT 'function', oid::regprocedure::text, proowner::regrole::text
          FROM pg_proc
         WHERE pronamespace IN ({_SCHEMAS})
           AND proowner::regrole::text IN ({_ROLES})
        """,  # noqa: S608 -- as above
    of_tenants=False,
)
# Where it sees no rows every check would hold.
SEES_ALL: Final = Question(
    name="isolation.verifier",
    promise=Promise.P6,
    holds="verification sees the rows of every table",
    sql=f"""
        SELECT name
          FROM ({_TABLES}) AS owned
         WHERE name <> 'tenant_secrets'
           AND (NOT has_table_privilege('{Duty.VERIFIER}', owned.oid, 'SELECT')
                OR relrowsecurity AND NOT EXISTS (
                       SELECT FROM pg_policy
                        WHERE polrelid = owned.oid
                          AND to_regrole('{Duty.VERIFIER}') = ANY(polroles)
                          AND pg_get_expr(polqual, polrelid) = 'true'
                   ))
        """,  # noqa: S608 -- as above
    of_tenants=False,
)

QUESTIONS: Final = (TABLES, POLICIES, ROLES, OWNERS, SEES_ALL)
