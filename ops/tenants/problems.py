"""What is wrong with a tenants file: where, and one sentence."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ops.refused import Refused

Path: TypeAlias = tuple[str | int, ...]

_WORDS: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown field",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "string_type": "must be a text",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; the path counts from 0, as it does in every tool that reads YAML."""

    path: Path
    said: str

    def __str__(self) -> str:
        """The line for the operator: `tenants[1].phone_numbers[0].number: not a phone number`."""
        return f"{written(self.path)}: {self.said}"


class TenantsFileWrong(Refused):
    """The file cannot be applied; all that is wrong with it stands in the reasons."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(*map(str, problems))
        self.problems = problems


def problems_of(error: ValidationError) -> list[Problem]:
    """What pydantic found, in our words. The values stay out: some are secrets."""
    found = [
        (tuple(step for step in each["loc"] if step != "[key]"), each)
        for each in error.errors(include_input=False, include_url=False)
    ]
    return [
        Problem(path, _said(each))
        for path, each in found
        if each["type"] != "too_short" or not _has_wrong_parts(path, [other for other, _ in found])
    ]


def written(path: Path) -> str:
    """`tenants[1].name`; the file itself where there is no path."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "the file"


def _said(error: ErrorDetails) -> str:
    return _WORDS.get(error["type"]) or error["msg"].removeprefix("Value error, ")


def _has_wrong_parts(path: Path, others: list[Path]) -> bool:
    """Pydantic counts only the right ones, and so finds too few of them as well."""
    return any(len(other) > len(path) and other[: len(path)] == path for other in others)
