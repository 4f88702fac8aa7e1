class Refused(Exception):
    """A command that can't be carried out. `code` is for programs, `detail` a sentence for the person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def not_found() -> Refused:
    """The same for what does not exist and for what belongs to somebody else."""
    return Refused("not_found", "That conversation or message isn't there (any more).")
