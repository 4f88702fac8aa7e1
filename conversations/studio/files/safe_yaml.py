"""YAML, of which plain values alone are taken, with the line of each key: no objects, no aliases, no key twice.

It is read by libyaml where PyYAML has that, which takes a tenth of the time. It is always written by PyYAML itself, so that a file has the
same bytes wherever it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

if yaml.__with_libyaml__:
    from yaml.cyaml import CParser as Events  # type: ignore[attr-defined]
else:
    from .yaml_events import Events  # type: ignore[assignment]

MAX_NODES = 100_000
"""Of a document: keys, values, lists. So that 1 MB of tiny ones takes no longer than a second."""
MAX_DEPTH = 100
MAP, LIST = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_HALF = "There is half a surrogate pair (\\ud800 to \\udfff), or a number of no character, which can’t be kept."
_BY_LIBYAML = {
    "found invalid Unicode character escape code": _HALF,
    "exceeded maximum nesting depth": "This can’t be read: it is nested too deep.",
}
MAX_NUMBER_CHARACTERS = 100
"""YAML has numbers to the base of 60, which take quadratic time, and hexadecimal ones that Python reads and can't print."""
_LINES = re.compile(r"\S.*\n.*\S", re.DOTALL)
_RARE_LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class YamlProblem(Exception):
    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line, self.sentence = line, sentence


class Value(NamedTuple):
    """A plain value, or for a mapping its Values by name, for a list its Values."""

    value: Any
    line: int


class _Loader(Composer, Events, SafeConstructor, Resolver):
    """The composer is PyYAML's own also with libyaml, whose composer would follow aliases."""

    def __init__(self, text: str) -> None:
        Events.__init__(self, text)
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        self._nodes = self._depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            raise YamlProblem(self._line(), "Aliases (*name) aren’t read here: write the value out.")
        self._nodes += 1
        if self._nodes > MAX_NODES or self._depth > MAX_DEPTH:
            raise YamlProblem(self._line(), f"This can’t be read: more than {MAX_NODES:,} values, or more than {MAX_DEPTH} levels.")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _line(self) -> int:
        mark: Any = getattr(self.peek_event(), "start_mark", None)
        return int(mark.line) if mark else 0

    def compose_scalar_node(self, anchor: Any) -> ScalarNode:
        node: ScalarNode = super().compose_scalar_node(anchor)
        if _HALF_PAIR.search(node.value):
            raise YamlProblem(node.start_mark.line, _HALF)
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


def _text(dumper: _Dumper, text: str) -> ScalarNode:
    """Of several lines: line by line, which people can edit and git can compare. Rare line ends are escaped, or would be read as others."""
    style = '"' if _RARE_LINE_ENDS.search(text) else "|" if _LINES.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def read_mapping(text: str) -> dict[str, Value]:
    """The values by their keys, with lines counted from 0. YamlProblem where it isn't a mapping of plain values."""
    found = read_lines(text)
    if not isinstance(found.value, dict):
        raise YamlProblem(found.line, "This is no list of “key: value”.")
    return found.value


def read_lines(text: str) -> Value:
    """Any document of plain values, {} where it is empty, with lines counted from 0."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return Value({}, 0) if node is None else _with_lines(loader, node)
    except yaml.MarkedYAMLError as error:
        raise _problem(error) from error
    except yaml.YAMLError as error:
        raise YamlProblem(0, "This is no YAML: it holds a character that can’t be read.") from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise YamlProblem(0, "There is a value that can’t be read: too deep, or no such number or date.") from error


def _problem(error: yaml.MarkedYAMLError) -> YamlProblem:
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or ""
    return YamlProblem(mark.line if mark else 0, _BY_LIBYAML.get(said, f"This is no YAML: {said}."))


def unwrapped(value: Any) -> Any:
    """The plain value, without lines."""
    if isinstance(value, Value):
        value = value.value
    if isinstance(value, list):
        return [unwrapped(one) for one in value]
    return {name: unwrapped(one) for name, one in value.items()} if isinstance(value, dict) else value


def read_plain(text: str) -> Any:
    """Any document of plain values; YamlProblem where it is none."""
    try:
        return _Loader(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        raise _problem(error) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise YamlProblem(0, "This is no YAML that can be read here.") from error


def write_plain(value: Any) -> str:
    """Empty where the value is."""
    return write_mapping(value) if value else ""


def write_mapping(values: Any) -> str:
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000_000)


def _with_lines(loader: _Loader, node: Node) -> Value:
    if isinstance(node, MappingNode) and node.tag == MAP:
        return Value(_entries(loader, node), node.start_mark.line)
    if isinstance(node, SequenceNode) and node.tag == LIST:
        return Value([_with_lines(loader, one) for one in node.value], node.start_mark.line)
    return Value(loader.construct_object(node, deep=True), node.start_mark.line)


def _entries(loader: _Loader, node: MappingNode) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in node.value:
        line = key.start_mark.line
        if not isinstance(key, ScalarNode):
            raise YamlProblem(line, "A key must be a word.")
        if key.value in found:
            raise YamlProblem(line, f"“{key.value}” is there twice.")
        found[key.value] = Value(_with_lines(loader, value).value, line)
    return found
