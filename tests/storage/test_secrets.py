import pytest

from storage.secrets import KeyRing, KeyRingUnreadable, SecretUnreadable, new_key

OLD, NEW = new_key(), new_key()


def test_a_secret_opens_for_its_tenant_and_name() -> None:
    keys = KeyRing.parse(OLD)
    sealed = keys.seal("geheim-ü", tenant="salon", name="calcom_api_key")
    assert keys.open(sealed, tenant="salon", name="calcom_api_key") == "geheim-ü"
    assert b"geheim" not in sealed


@pytest.mark.parametrize(
    ("tenant", "name"), [("studio", "calcom_api_key"), ("salon", "retell_webhook")]
)
def test_a_secret_moved_to_another_row_does_not_open(tenant: str, name: str) -> None:
    keys = KeyRing.parse(OLD)
    sealed = keys.seal("geheim", tenant="salon", name="calcom_api_key")
    with pytest.raises(SecretUnreadable):
        keys.open(sealed, tenant=tenant, name=name)


def test_no_byte_of_a_sealed_secret_can_be_changed() -> None:
    keys = KeyRing.parse(OLD)
    sealed = keys.seal("geheim", tenant="salon", name="calcom_api_key")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SecretUnreadable):
            keys.open(bytes(changed), tenant="salon", name="calcom_api_key")


@pytest.mark.parametrize("sealed", [b"", b"\x00", b"\xff", b"\x08abcdefgh"])
def test_what_is_too_short_to_be_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        KeyRing.parse(OLD).open(sealed, tenant="salon", name="calcom_api_key")


def test_the_same_secret_is_never_sealed_alike_twice() -> None:
    keys = KeyRing.parse(OLD)
    assert keys.seal("x", tenant="a", name="b") != keys.seal("x", tenant="a", name="b")


def test_after_a_rotation_the_first_key_seals_and_both_open() -> None:
    old = KeyRing.parse(OLD).seal("geheim", tenant="salon", name="n")
    both = KeyRing.parse(f"{NEW},{OLD}")
    assert both.open(old, tenant="salon", name="n") == "geheim"
    assert not both.seals_like(old)
    anew = both.seal("geheim", tenant="salon", name="n")
    assert both.seals_like(anew)
    assert KeyRing.parse(NEW).open(anew, tenant="salon", name="n") == "geheim"


def test_a_key_that_is_not_in_the_ring_is_named() -> None:
    sealed = KeyRing.parse(OLD).seal("geheim", tenant="salon", name="n")
    with pytest.raises(SecretUnreadable, match=OLD.partition(":")[0]):
        KeyRing.parse(NEW).open(sealed, tenant="salon", name="n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no id"),
        ("AAAA", "no id"),
        (":AAAA", "no id"),
        ("k1:secret!", "not base64"),
        ("k1:c2hvcnQ=", "5 bytes instead of 32"),
        (f"{OLD},{OLD}", "key 2: an earlier key has the same id"),
        (f"{OLD},", "key 2: no id"),
    ],
)
def test_a_wrong_key_ring_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(KeyRingUnreadable, match=reason) as refused:
        KeyRing.parse(text)
    assert "c2hvcnQ" not in str(refused.value)
    assert "secret!" not in str(refused.value)
