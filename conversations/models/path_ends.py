"""The end of what is shown of a conversation, without reading which message follows which in all of it."""

from __future__ import annotations

import uuid
from typing import Any

from . import statements
from .conversations import Conversation
from .messages import Message, Status, tree_of, void_among
from .tree import Tree

_ID = Message._meta.pk
_TABLE = Message._meta.db_table
_ALTERNATIVES_ON_PATH = f"""
    WITH RECURSIVE path (id, parent_id, steps) AS (
        SELECT id, parent_id, 1 FROM {_TABLE} WHERE id = %s AND conversation_id = %s
        UNION ALL
        SELECT above.id, above.parent_id, path.steps + 1 FROM path JOIN {_TABLE} above ON above.id = path.parent_id WHERE path.steps < %s
    )
    SELECT one.id, one.parent_id, one.status FROM path JOIN {_TABLE} one ON one.parent_id = path.parent_id ORDER BY one.id
"""  # noqa: S608 (names of our own)
"""Of a leaf, its conversation, and how many messages of the path. The conversation's first message has no parent, and is left out."""


def end_of_tree(conversation: Conversation, count: int) -> Tree:
    """The tree with the last `count` messages of the chosen path, the one above them, and all alternatives. Others may be missing."""
    leaf, connection = conversation.leaf_id, statements.connection()
    if leaf is None:
        return tree_of(conversation.pk)
    ids = [_ID.get_db_prep_value(one, connection) for one in (leaf, conversation.pk)]
    rows = statements.rows(connection, _ALTERNATIVES_ON_PATH, [*ids, count + 1])
    found = [(_id(key), _id(parent), status) for key, parent, status in rows]
    tree = Tree({key: parent for key, parent, _ in found}, void_among([key for key, _, status in found if status == Status.FAILED]))
    return tree if len(tree.path(leaf)) > count else tree_of(conversation.pk)


def _id(stored: Any) -> uuid.UUID:
    """As SQLite's driver gives it out, or PostgreSQL's."""
    return stored if isinstance(stored, uuid.UUID) else uuid.UUID(stored)
