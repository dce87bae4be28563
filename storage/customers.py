"""The table `customers`: the people who come."""

from uuid import UUID

from messages.message import id_of
from messages.transcripts import Guest
from storage.postgres import Transaction


async def known(tx: Transaction, guest: Guest) -> UUID:
    """The customer this guest is, made if she is new.

    She is known by number and name, so that two people on one phone stay two; the id says
    so, and two workers that meet her at once make her once.
    """
    customer_id = id_of("customers", tx.tenant, guest.phone, " ".join(guest.name.lower().split()))
    await tx.execute(
        """
        INSERT INTO customers AS known (customer_id, tenant_id, name, phone, email)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (customer_id) DO UPDATE
           SET email = EXCLUDED.email
         WHERE EXCLUDED.email IS NOT NULL
           AND known.email IS DISTINCT FROM EXCLUDED.email
        """,
        customer_id,
        tx.tenant,
        guest.name,
        guest.phone,
        guest.email,
    )
    return customer_id
