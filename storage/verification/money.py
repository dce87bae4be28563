"""P7: each cost comes out again from the amounts and rates that were frozen with it.

The rule is that of `workers/costs/amounts.py`: exact in fractions, rounded once at the end, a half
away from zero. Here the one division is one of whole numbers, so that it is exact as well.
"""

from typing import Final

from babel.numbers import list_currencies

from messages.money import minor_units
from storage.verification.question import Promise, Question

_USUAL: Final = 100  # minor units make one unit
_OTHERS: Final = ", ".join(
    f"('{currency}', {minor_units(currency)})"
    for currency in sorted(list_currencies())
    if minor_units(currency) != _USUAL
)
# Costs with what they are in minor units as a fraction: `above` / `below`.
_FRACTIONS: Final = f"""
    SELECT cost.*,
           (retell_cents * telephony_per_euro + 100 * telephony_amount * usd_per_euro)
               * currency_per_euro * coalesce(unit.minor, {_USUAL}) AS above,
           nullif(100 * usd_per_euro * telephony_per_euro, 0) AS below
      FROM platform_costs AS cost
      LEFT JOIN (VALUES {_OTHERS}) AS unit (currency, minor) USING (currency)
    """  # noqa: S608 -- numbers of the library

AMOUNTS: Final = Question(
    name="costs.amount",
    promise=Promise.P7,
    holds="each cost is what its parts make at its rates, to the cent",
    sql=f"""
        SELECT tenant_id, call_id, currency, cost_minor,
               div(2 * above + below, 2 * below) AS expected
          FROM ({_FRACTIONS}) AS cost
         WHERE cost_minor IS DISTINCT FROM div(2 * above + below, 2 * below)
        """,  # noqa: S608 -- as above
)
MARGINS: Final = Question(
    name="costs.margin",
    promise=Promise.P7,
    holds="each margin is what is charged less what it costs, and never negative",
    sql="""
        SELECT tenant_id, call_id, currency, cost_minor, charge_minor, margin_minor
          FROM platform_costs
         WHERE margin_minor IS DISTINCT FROM charge_minor - cost_minor OR margin_minor < 0
        """,
)
SUMS: Final = Question(
    name="costs.sums",
    promise=Promise.P7,
    holds="the sums of each tenant in each currency add up",
    sql="""
        SELECT tenant_id, currency, sum(cost_minor) AS cost, sum(charge_minor) AS charge,
               sum(margin_minor) AS margin
          FROM platform_costs
         GROUP BY tenant_id, currency
        HAVING sum(charge_minor) - sum(cost_minor) <> sum(margin_minor)
        """,
)
RATES: Final = Question(
    name="costs.rates",
    promise=Promise.P7,
    holds="each cost has the rates that were published for its day",
    sql="""
        SELECT cost.tenant_id, call_id, cost.rate_date, usd_per_euro, cost.telephony_currency,
               telephony_per_euro, cost.currency, currency_per_euro
          FROM platform_costs AS cost
          LEFT JOIN exchange_rates AS usd
            ON usd.rate_date = cost.rate_date AND usd.currency = 'USD'
          LEFT JOIN exchange_rates AS telephony
            ON telephony.rate_date = cost.rate_date
           AND telephony.currency = cost.telephony_currency
          LEFT JOIN exchange_rates AS ours
            ON ours.rate_date = cost.rate_date AND ours.currency = cost.currency
         WHERE usd_per_euro IS DISTINCT FROM usd.per_euro
            OR telephony_per_euro IS DISTINCT FROM
               CASE WHEN cost.telephony_currency = 'EUR' THEN 1 ELSE telephony.per_euro END
            OR currency_per_euro IS DISTINCT FROM
               CASE WHEN cost.currency = 'EUR' THEN 1 ELSE ours.per_euro END
        """,
)
# A tenant may change its currency; what was recorded before stays as it was.
CURRENCIES: Final = Question(
    name="costs.currency",
    promise=Promise.P7,
    holds="each cost is in the currency that its tenant had then",
    sql="""
        WITH since AS (
            SELECT tenant_id, currency, min(recorded_at) AS first
              FROM platform_costs
             GROUP BY tenant_id, currency
        )
        SELECT cost.tenant_id, call_id, cost.currency, tenants.currency AS currency_of_tenant,
               recorded_at
          FROM platform_costs AS cost
          JOIN tenants USING (tenant_id)
          JOIN since ON since.tenant_id = cost.tenant_id AND since.currency = tenants.currency
         WHERE cost.currency <> tenants.currency
           AND recorded_at > since.first + interval '1 hour'
        """,
)
MARKUPS: Final = Question(
    name="costs.markup",
    promise=Promise.P7,
    holds="each call is charged with the markup that its tenant has now",
    sql=f"""
        SELECT cost.tenant_id, markup_percent, count(*) AS calls, min(call_id) AS for_example,
               min(recorded_at) AS first, max(recorded_at) AS last
          FROM ({_FRACTIONS}) AS cost
          JOIN tenants USING (tenant_id)
         WHERE charge_minor IS DISTINCT FROM
               div(2 * above * (100 + markup_percent) + 100 * below, 200 * below)
         GROUP BY cost.tenant_id, markup_percent
        """,  # noqa: S608 -- as above
    notice=True,
)

QUESTIONS: Final = (AMOUNTS, MARGINS, SUMS, RATES, CURRENCIES, MARKUPS)
