class StartProblem(Exception):
    """Why the server can't start, in a sentence that says what to do."""
