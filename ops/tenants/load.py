"""Read a tenants file, or say everything that is wrong with it."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ops.refused import Refused
from ops.tenants.file import TenantsFile
from ops.tenants.problems import TenantsFileWrong, problems_of
from ops.tenants.references import reference_problems


class _Texts(yaml.SafeLoader):
    """YAML whose values are texts: the country NO is not false, +493023125000 is no sum.

    Numbers become numbers where `file.py` asks for one. Two equal keys are a mistake, not a choice.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- the signature is PyYAML's
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Texts.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag.endswith((":null", ":merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> TenantsFile:
    """The file at this path; raises Refused or TenantsFileWrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not UTF-8") from error
    return parse(text, source=str(path))


def parse(text: str, *, source: str) -> TenantsFile:
    """The file with this text; raises Refused where it is no YAML, else TenantsFileWrong."""
    try:
        read = yaml.load(text, Loader=_Texts)  # noqa: S506 -- a SafeLoader that builds less
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Refused(f"{source}{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise Refused(f"{source}: {' '.join(str(error).split())}") from error
    problems = list(reference_problems(read))
    try:
        file = TenantsFile.model_validate(read)
    except ValidationError as error:
        raise TenantsFileWrong(problems_of(error) + problems) from error
    if problems:
        raise TenantsFileWrong(problems)
    return file
