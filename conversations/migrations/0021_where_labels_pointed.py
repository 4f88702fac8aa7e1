from django.db import migrations

GO_ALONG = {
    "PromptLabel": {"prompt": "CASCADE", "version": "CASCADE"},
    "LabelMove": {"prompt": "CASCADE", "version": "CASCADE", "by": "SET NULL"},
}
ROWS_AT_ONCE = 500


def go_along(apps, schema_editor):
    """Have the database itself delete labels and moves with their prompt: processes of the version before know nothing of them."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":  # with SQLite there is one process
        return
    for name, references in GO_ALONG.items():
        model = apps.get_model("conversations", name)
        table = model._meta.db_table
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, table)
        for reference, action in references.items():
            field = model._meta.get_field(reference)
            for constraint, found in constraints.items():
                if found["foreign_key"] and found["columns"] == [field.column]:
                    schema_editor.execute(
                        f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}", ADD CONSTRAINT "{constraint}" FOREIGN KEY ({field.column}) '
                        f"REFERENCES {field.related_model._meta.db_table} (id) ON DELETE {action} DEFERRABLE INITIALLY DEFERRED"
                    )


def tell_of_versions(apps, schema_editor):
    """Until now a version was live from when it was made until the next one was."""
    versions, moves = (apps.get_model("conversations", name).objects for name in ("PromptVersion", "LabelMove"))
    known = set(moves.values_list("version", flat=True))
    made = versions.order_by("created").values_list("pk", "prompt_id", "author_id", "created", "note")
    waiting = []
    for version, prompt, author, created, note in made.iterator(ROWS_AT_ONCE):
        if version in known:
            continue
        waiting.append(moves.model(name="live", version_id=version, prompt_id=prompt, by_id=author, at=created, reason=note))
        if len(waiting) == ROWS_AT_ONCE:
            moves.bulk_create(waiting)
            waiting = []
    moves.bulk_create(waiting)


class Migration(migrations.Migration):
    # A transaction for each statement, none of which locks a table for long.
    atomic = False

    dependencies = [("conversations", "0020_labels_of_prompts")]
    operations = [
        migrations.RunPython(go_along, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(tell_of_versions, migrations.RunPython.noop),
    ]
