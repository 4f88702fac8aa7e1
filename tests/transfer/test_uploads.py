"""What is read of zip files."""

import io
import zipfile

import pytest

from conversations.studio.files.problems import FilesRefused
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


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused(method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("support.md", "---\nname: Support\n---\n")
    with pytest.raises(FilesRefused, match="packed in a rare way"):
        unpacked([("r.zip", packed.getvalue())])


def test_a_damaged_zip_is_refused_whatever_is_wrong_with_it() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("support.md", "---\nname: Support\n---\n")
    sound = packed.getvalue()
    for place in range(len(sound)):
        for value in (0, 1, 127, 255):
            try:
                unpacked([("r.zip", sound[:place] + bytes([value]) + sound[place + 1 :])])
            except FilesRefused:
                continue
