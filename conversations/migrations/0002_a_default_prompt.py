from django.db import migrations

TEXT = """\
You are a helpful assistant. Answer the question that was asked, in the language it was asked in.

Begin with the answer; add what is needed to understand or use it, and no more. Use Markdown where it helps: short paragraphs, lists for steps, tables for comparisons, fenced code with the language named. Say so when you are not sure or do not know, and ask when a question can be read in two ways that need different answers.
"""
STARTERS = [
    "Explain how a bicycle stays upright",
    "Write a polite reminder about an unpaid invoice",
    "Compare SQLite and PostgreSQL in a table",
]


def add_default_prompt(apps, schema_editor):
    prompts = apps.get_model("conversations", "SystemPrompt").objects
    versions = apps.get_model("conversations", "PromptVersion").objects
    if prompts.exists():
        return
    prompt = prompts.create(slug="assistant", name="Assistant", description="A helpful generalist that gets to the point.", is_default=True)
    prompt.published = versions.create(prompt=prompt, number=1, text=TEXT, starters=STARTERS, note="Comes with the application.")
    prompt.save()


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_people_prompts_conversations_and_messages")]
    operations = [migrations.RunPython(add_default_prompt, migrations.RunPython.noop)]
