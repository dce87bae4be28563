import asyncio
from typing import Any, Final

import asyncpg
import pytest

from messages.bookings import SlotBooked, SlotRefused
from messages.calls import CallQuarantined
from messages.message import id_of
from messages.notifications import NotificationRefused, NotificationSent, SendEmail, SendSms
from messages.slots import Slot
from messages.transcripts import Guest, ReviewNeeded
from tests.workers.clocked import Clock, told, utc
from tests.world import World
from workers.clients.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable
from workers.context import Context
from workers.errors import NotYet
from workers.notifications.actor import (
    NoSuchNotification,
    on_booked,
    on_quarantined,
    on_refused,
    on_review_needed,
    on_send_email,
    on_send_sms,
)

PHONE: Final = "+4915112345678"
MAILBOX: Final = "ada@example.org"
SLOT: Final = Slot(start=utc("2026-11-24T13:30"), minutes=45)


def booked(*, phone: str | None = PHONE, email: str | None = None) -> SlotBooked:
    return SlotBooked(
        message_id=id_of("test", "booked"),
        call_id="call_1",
        tenant_id="salon",
        answers=id_of("test", "command"),
        appointment_id=id_of("test", "appointment"),
        service="cut",
        staff="mia",
        slot=SLOT,
        guest=Guest(name="Ada", phone=phone, email=email, language="de"),
    )


async def sms_to_send(context: Context, owner: asyncpg.Connection) -> SendSms:
    """What a booking leaves to be sent by SMS."""
    await on_booked(context, booked())
    (body,) = await told(owner, "notifications.send_sms")
    return SendSms.model_validate_json(body)


async def email_to_send(context: Context, owner: asyncpg.Connection) -> SendEmail:
    """What a booking leaves to be sent by e-mail."""
    await on_booked(context, booked(email=MAILBOX))
    (body,) = await told(owner, "notifications.send_email")
    return SendEmail.model_validate_json(body)


async def outcomes(owner: asyncpg.Connection) -> list[str]:
    """What is known of each notification, `sent` or the reason why not."""
    rows = await owner.fetch("SELECT sent_at, reason FROM notifications ORDER BY channel DESC")
    return ["sent" if row["sent_at"] else row["reason"] or "open" for row in rows]


async def test_a_booking_is_confirmed_by_sms(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    await on_send_sms(context, await sms_to_send(context, owner))

    (sms,) = world.twilio.to(PHONE)
    assert sms.body == (
        "Salon Anna: Ihr Termin ist gebucht: Damenhaarschnitt bei Mia"
        " am Dienstag, 24. November um 14:30 Uhr."
    )
    assert sms.sender == "SalonAnna"

    row = await owner.fetchrow("SELECT reference, sent_at, asked_at FROM notifications")
    assert row is not None
    assert row["reference"] == sms.sid
    (body,) = await told(owner, "notifications.sent")
    assert NotificationSent.model_validate_json(body).channel == "sms"


async def test_a_guest_with_an_address_gets_an_email_with_our_id(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    command = await email_to_send(context, owner)
    await on_send_email(context, command)

    (mail,) = world.sendgrid.to(MAILBOX)
    (envelope,) = mail.request["personalizations"]
    assert envelope["custom_args"] == {"ringbook_notification": str(command.notification_id)}
    assert mail.request["from"]["name"] == "Salon Anna"
    assert await outcomes(owner) == ["open", "sent"]


async def test_the_same_booking_heard_again_writes_nothing_new(
    context: Context, owner: asyncpg.Connection
) -> None:
    await asyncio.gather(*(on_booked(context, booked(email=MAILBOX)) for _ in range(4)))

    assert await owner.fetchval("SELECT count(*) FROM notifications") == 2
    assert len(await told(owner, "notifications.send_sms")) == 1


async def test_a_guest_without_a_number_is_an_outcome_and_not_an_error(
    context: Context, owner: asyncpg.Connection
) -> None:
    await on_booked(context, booked(phone=None))

    assert await outcomes(owner) == ["no_phone"]
    (body,) = await told(owner, "notifications.refused")
    assert NotificationRefused.model_validate_json(body).reason == "no_phone"
    assert await told(owner, "notifications.send_sms") == []


async def test_a_refused_guest_hears_of_alternatives(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    await on_refused(
        context,
        SlotRefused(
            message_id=id_of("test", "refused"),
            tenant_id="salon",
            answers=id_of("test", "command"),
            service="cut",
            slot=SLOT,
            guest=booked().guest,
            alternatives=(Slot(start=utc("2026-11-24T14:30"), minutes=45),),
        ),
    )
    (body,) = await told(owner, "notifications.send_sms")
    await on_send_sms(context, SendSms.model_validate_json(body))

    assert "Noch frei: Di. 24. Nov. 15:30." in world.twilio.to(PHONE)[0].body


async def test_an_owner_is_asked_to_read_a_call(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    needed = ReviewNeeded(
        message_id=id_of("test", "review"),
        tenant_id="salon",
        call_id="call_1",
        reasons=("date_unclear",),
    )
    await on_review_needed(context, needed)
    (body,) = await told(owner, "notifications.send_email")
    await on_send_email(context, SendEmail.model_validate_json(body))

    assert len(world.sendgrid.to("anna@salon.example")) == 1


async def test_the_operator_is_told_of_a_number_once_and_not_as_a_tenant(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    for call in ("call_1", "call_2"):
        heard = CallQuarantined(
            message_id=id_of("calls.quarantined", "+493099999999"),
            call_id=call,
            dialled="+493099999999",
        )
        await on_quarantined(context, heard)
    (body,) = await told(owner, "notifications.send_email")
    await on_send_email(context, SendEmail.model_validate_json(body))

    (mail,) = world.sendgrid.to(context.operator_email)
    assert "+493099999999" in mail.request["content"][0]["value"]
    assert await owner.fetchval("SELECT tenant_id FROM notifications") is None


async def test_deliveries_at_the_same_moment_send_one_sms(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    command = await sms_to_send(context, owner)
    world.twilio.faults.plan("POST", delay_seconds=0.1)
    outcome = await asyncio.gather(
        *(on_send_sms(context, command) for _ in range(5)), return_exceptions=True
    )

    assert len(world.twilio.to(PHONE)) == 1
    assert {type(each) for each in outcome} <= {type(None), NotYet}
    await on_send_sms(context, command)  # those who came too early come again
    assert len(world.twilio.to(PHONE)) == 1
    assert len(await told(owner, "notifications.sent")) == 1


async def test_deliveries_at_the_same_moment_send_one_email(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    command = await email_to_send(context, owner)
    await asyncio.gather(
        *(on_send_email(context, command) for _ in range(5)), return_exceptions=True
    )

    assert len(world.sendgrid.to(MAILBOX)) == 1
    assert await outcomes(owner) == ["open", "sent"]


@pytest.mark.parametrize("fault", [{"close": True}, {"status": 500}, {"status": 201, "body": "?"}])
async def test_an_answer_that_is_lost_after_the_work_is_found_and_not_repeated(
    context: Context, world: World, owner: asyncpg.Connection, clock: Clock, fault: dict[str, Any]
) -> None:
    command = await sms_to_send(context, owner)
    world.twilio.faults.plan("POST", after=True, **fault)
    with pytest.raises(ProviderUnanswered):
        await on_send_sms(context, command)
    clock.turn(seconds=5)
    await on_send_sms(context, command)

    (sms,) = world.twilio.to(PHONE)
    assert await owner.fetchval("SELECT reference FROM notifications") == sms.sid
    assert len(await told(owner, "notifications.sent")) == 1


async def test_an_sms_is_sent_again_only_when_it_would_be_in_the_list(
    context: Context, world: World, owner: asyncpg.Connection, clock: Clock
) -> None:
    command = await sms_to_send(context, owner)
    world.twilio.faults.plan("POST", close=True)
    with pytest.raises(ProviderUnanswered):
        await on_send_sms(context, command)

    clock.turn(seconds=5)
    with pytest.raises(NotYet):
        await on_send_sms(context, command)
    assert world.twilio.to(PHONE) == []

    clock.turn(minutes=2)
    world.twilio.faults.plan("GET", status=503)
    with pytest.raises(ProviderUnanswered):
        await on_send_sms(context, command)
    assert world.twilio.to(PHONE) == []

    await on_send_sms(context, command)
    assert len(world.twilio.to(PHONE)) == 1
    assert await outcomes(owner) == ["sent"]


async def test_an_sms_that_twilio_takes_after_we_gave_up_is_found(
    context: Context, world: World, owner: asyncpg.Connection, clock: Clock
) -> None:
    command = await sms_to_send(context, owner)
    world.twilio.faults.plan("POST", close=True)
    with pytest.raises(ProviderUnanswered):
        await on_send_sms(context, command)
    clock.turn(seconds=40)
    text = await owner.fetchrow("SELECT sender, recipient, body FROM notifications")
    assert text is not None
    await context.twilio.send(sender=text["sender"], to=text["recipient"], body=text["body"])
    clock.turn(minutes=2)
    await on_send_sms(context, command)

    assert len(world.twilio.to(PHONE)) == 1


async def test_the_same_text_of_an_earlier_booking_does_not_count(
    context: Context, world: World, owner: asyncpg.Connection, clock: Clock
) -> None:
    command = await sms_to_send(context, owner)
    await on_send_sms(context, command)
    clock.turn(hours=1)
    await on_booked(context, booked().model_copy(update={"message_id": id_of("test", "again")}))
    later = next(
        SendSms.model_validate_json(body)
        for body in await told(owner, "notifications.send_sms")
        if str(command.notification_id) not in body.decode()
    )
    world.twilio.faults.plan("POST", close=True)
    with pytest.raises(ProviderUnanswered):
        await on_send_sms(context, later)
    clock.turn(minutes=2)
    await on_send_sms(context, later)

    assert len(world.twilio.to(PHONE)) == 2


async def test_after_429_the_sms_is_sent_at_the_next_attempt(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    command = await sms_to_send(context, owner)
    world.twilio.faults.plan("POST", status=429)
    with pytest.raises(ProviderUnavailable):
        await on_send_sms(context, command)
    await on_send_sms(context, command)

    assert len(world.twilio.to(PHONE)) == 1
    assert world.twilio.count("GET", "*") == 0  # nothing to look up: they did nothing


async def test_after_429_the_email_is_sent_at_the_next_attempt(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    command = await email_to_send(context, owner)
    world.sendgrid.faults.plan(status=429)
    with pytest.raises(ProviderUnavailable):
        await on_send_email(context, command)
    await on_send_email(context, command)

    assert len(world.sendgrid.to(MAILBOX)) == 1


async def test_a_guest_who_opted_out_is_not_asked_again(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    world.twilio.opted_out.append(PHONE)
    command = await sms_to_send(context, owner)
    await on_send_sms(context, command)
    await on_send_sms(context, command)

    assert await outcomes(owner) == ["opted_out"]
    assert world.twilio.count("POST", "*") == 1
    (body,) = await told(owner, "notifications.refused")
    assert NotificationRefused.model_validate_json(body).reason == "opted_out"


async def test_a_wrong_password_is_for_a_person_and_the_sms_can_be_replayed(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    command = await sms_to_send(context, owner)
    accounts, world.twilio.accounts = world.twilio.accounts, {}
    with pytest.raises(ProviderRefused):
        await on_send_sms(context, command)

    world.twilio.accounts = accounts
    await on_send_sms(context, command)
    assert len(world.twilio.to(PHONE)) == 1


async def test_a_wrong_key_is_for_a_person_and_the_email_can_be_replayed(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    command = await email_to_send(context, owner)
    keys, world.sendgrid.api_keys = world.sendgrid.api_keys, []
    with pytest.raises(ProviderRefused):
        await on_send_email(context, command)

    world.sendgrid.api_keys = keys
    await on_send_email(context, command)
    assert len(world.sendgrid.to(MAILBOX)) == 1


@pytest.mark.parametrize("after", [True, False])
async def test_an_email_without_an_answer_is_not_repeated_and_stays_visible(
    context: Context, world: World, owner: asyncpg.Connection, clock: Clock, *, after: bool
) -> None:
    command = await email_to_send(context, owner)
    world.sendgrid.faults.plan(after=after, close=True)
    await on_send_email(context, command)
    clock.turn(hours=1)
    await on_send_email(context, command)

    assert len(world.sendgrid.to(MAILBOX)) == after
    assert await outcomes(owner) == ["open", "unanswered"]
    (body,) = await told(owner, "notifications.refused")
    assert NotificationRefused.model_validate_json(body).reason == "unanswered"


async def test_an_email_of_a_worker_that_died_while_asking_is_not_repeated(
    context: Context, world: World, owner: asyncpg.Connection, clock: Clock
) -> None:
    command = await email_to_send(context, owner)
    await owner.execute("UPDATE notifications SET asked_at = $1", clock())
    with pytest.raises(NotYet):
        await on_send_email(context, command)
    clock.turn(minutes=2)
    await on_send_email(context, command)

    assert world.sendgrid.outbox == []
    assert await outcomes(owner) == ["open", "unanswered"]


async def test_an_address_that_sendgrid_does_not_take_is_an_outcome(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    error = {
        "message": "Does not contain a valid address.",
        "field": "personalizations.0.to.0.email",
        "help": None,
    }
    command = await email_to_send(context, owner)
    world.sendgrid.faults.plan(status=400, body={"errors": [error]})
    await on_send_email(context, command)

    assert await outcomes(owner) == ["open", "invalid_address"]


async def test_what_is_not_written_cannot_be_sent(context: Context) -> None:
    unknown = SendSms(
        message_id=id_of("test"), tenant_id="salon", notification_id=id_of("test", "unknown")
    )
    with pytest.raises(NoSuchNotification):
        await on_send_sms(context, unknown)
