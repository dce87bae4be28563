from messages import topology
from ops.replays import effects


def test_what_a_repeat_would_do_is_said_of_every_handler() -> None:
    assert set(effects.OF_HANDLERS) == set(topology.BY_NAME)
