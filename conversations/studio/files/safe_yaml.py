"""YAML, of which plain values alone are taken, with the line of each key: no objects, no aliases, no key twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

MAX_NUMBER_CHARACTERS = 100
"""YAML has numbers to the base of 60, which take quadratic time, and hexadecimal ones that Python reads and can't print."""
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class YamlProblem(Exception):
    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line, self.sentence = line, sentence


class Value(NamedTuple):
    """A plain value, or for a mapping its Values by name."""

    value: Any
    line: int


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line  # type: ignore[no-untyped-call]
            raise YamlProblem(line, "Aliases (*name) aren’t read here: write the value out.")
        return super().compose_node(parent, index)

    def compose_scalar_node(self, anchor: Any) -> ScalarNode:
        node: ScalarNode = super().compose_scalar_node(anchor)
        if _HALF_PAIR.search(node.value):
            raise YamlProblem(node.start_mark.line, "There is half a surrogate pair (\\ud800 to \\udfff), which can’t be kept.")
        return node


def _bounded(construct: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def number(loader: _Loader, node: Node) -> Any:
        if len(node.value) > MAX_NUMBER_CHARACTERS:
            raise YamlProblem(node.start_mark.line, "This number is so long that it can’t be read.")
        return construct(loader, node)

    return number


_Loader.add_constructor("tag:yaml.org,2002:int", _bounded(_Loader.construct_yaml_int))
_Loader.add_constructor("tag:yaml.org,2002:float", _bounded(_Loader.construct_yaml_float))


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def read_mapping(text: str) -> dict[str, Value]:
    """The values by their keys, with lines counted from 0. YamlProblem where it isn't a mapping of plain values."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            raise YamlProblem(node.start_mark.line, "This is no list of “key: value”.")
        return _entries(loader, node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlProblem(mark.line if mark else 0, f"This is no YAML: {error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise YamlProblem(0, "This is no YAML: it holds a character that can’t be read.") from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise YamlProblem(0, "There is a value that can’t be read: too deep, or no such number or date.") from error


def unwrapped(value: Any) -> Any:
    """The plain value, without lines."""
    if isinstance(value, Value):
        value = value.value
    return {name: unwrapped(one) for name, one in value.items()} if isinstance(value, dict) else value


def read_plain(text: str) -> Any:
    """Any document of plain values; YamlProblem where it is none."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (it is a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlProblem(mark.line if mark else 0, f"This is no YAML: {error.problem or error.context}.") from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise YamlProblem(0, "This is no YAML that can be read here.") from error


def write_plain(value: Any) -> str:
    """Empty where the value is."""
    return write_mapping(value) if value else ""


def write_mapping(values: Any) -> str:
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000_000)


def _entries(loader: _Loader, node: MappingNode) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in node.value:
        line = key.start_mark.line
        if not isinstance(key, ScalarNode):
            raise YamlProblem(line, "A key must be a word.")
        if key.value in found:
            raise YamlProblem(line, f"“{key.value}” is there twice.")
        plain = _entries(loader, value) if isinstance(value, MappingNode) else loader.construct_object(value, deep=True)
        found[key.value] = Value(plain, line)
    return found
