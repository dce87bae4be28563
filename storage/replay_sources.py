"""What can be replayed, each source as one relation that plans count and replays freeze.

    item_id, tenant_id, part, kind, at, alike, why, done

`part` is where it goes: the handler of a dead letter; of a webhook its provider. Items that are
`alike` probably have one cause. What is `done` is known where it goes, and changes nothing.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from storage import dead_letter_selection, webhook_selection
from storage.dead_letter_selection import Selection
from storage.webhook_selection import WebhookSelection

AnySelection: TypeAlias = Selection | WebhookSelection

DEAD_LETTERS: Final = "dead_letters"
WEBHOOKS: Final = "webhooks"

# With $1 to $10 as the selection says.
CHOSEN: Final[Mapping[str, str]] = {
    DEAD_LETTERS: f"""
        SELECT letter.dead_letter_id AS item_id, letter.tenant_id, letter.queue AS part,
               letter.kind, letter.died_at AS at, letter.fingerprint AS alike,
               letter.error_class AS why,
               {dead_letter_selection.SUCCEEDED}
               OR EXISTS (SELECT FROM dead_letter_ends AS ended
                           WHERE ended.dead_letter_id = letter.dead_letter_id
                             AND ended.how = 'succeeded') AS done
          FROM dead_letters AS letter
         WHERE {dead_letter_selection.SELECTED}
        """,  # noqa: S608 -- the parts are ours
    WEBHOOKS: f"""
        SELECT webhook.message_id AS item_id, webhook.tenant_id, webhook.provider AS part,
               webhook.event AS kind, webhook.received_at AS at,
               webhook.event || coalesce(webhook.reason, '') AS alike,
               concat_ws(': ', webhook.outcome, webhook.reason) AS why,
               webhook.outcome = 'done' AS done
          FROM webhook_events AS webhook
         WHERE {webhook_selection.SELECTED}
        """,  # noqa: S608 -- the parts are ours
}


def source_of(selection: AnySelection) -> str:
    """Where the selection looks."""
    return DEAD_LETTERS if isinstance(selection, Selection) else WEBHOOKS
