"""Tests of `server.http.answers`."""

from __future__ import annotations

import json

from server.http.answers import problem


def test_the_form_of_an_error() -> None:
    """An error has a code for programs and a sentence for people, and is never cached."""
    answer = problem(418, "teapot", "Ask for tea.")
    assert answer.status == 418
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text is not None
    assert json.loads(answer.text) == {"error": {"code": "teapot", "message": "Ask for tea."}}
