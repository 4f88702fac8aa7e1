"""What is read of zip files."""

import io
import zipfile

from conversations.transfer.recognition import recognised
from conversations.transfer.uploads import pack, unpack, unpacked


def test_a_zip_of_a_repository_is_read_without_what_is_none_of_ours() -> None:
    packed = io.BytesIO()
    names = [
        "r-main/support.md",
        "r-main/README.md",
        "r-main/.git/a.md",
        "__MACOSX/._support.md",
        "r-main/cases/support.yaml",
        "r-main/fragments/tone.md",
    ]
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            content = "[]" if name.endswith("yaml") else "---\nname: Support\n---\n" if "support" in name else "---\n---\n\nx\n"
            archive.writestr(name, content)
    texts, left_out = unpacked([("r.zip", packed.getvalue())])
    assert list(texts) == [names[0], names[4], names[5]] and left_out == []
    found = recognised(unpack(pack(texts)))
    assert (list(found.documents.prompts), list(found.documents.fragments), list(found.documents.cases)) == (
        ["support"],
        ["tone"],
        ["support"],
    )
    assert found.problems == []
