"""What the browser's packages hold in generated files is what this program says today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from games.catalogue import standard
from protocol.schema import typescript
from server.published import publish_catalogue
from tests.protocol.schema.fair_rules import RULES_FILE, rules

WEB = Path(__file__).parents[3] / "web" / "packages"
TYPES = WEB / "protocol" / "src" / "generated.ts"


def test_types_are_current() -> None:
    """`croupier asyncapi --typescript` prints the committed types."""
    if not TYPES.exists():
        pytest.skip("the browser's packages are not here")

    assert TYPES.read_text(encoding="utf-8") == typescript(publish_catalogue(standard())), (
        "run `croupier asyncapi --typescript > web/packages/protocol/src/generated.ts`"
    )


def test_rules_are_current() -> None:
    """The verifier in the browser knows the digests and machines that ship."""
    if not RULES_FILE.exists():
        pytest.skip("the browser's packages are not here")

    assert json.loads(RULES_FILE.read_text(encoding="utf-8")) == rules(), (
        "run `python -m tests.protocol.schema.fair_rules` and `npm run format` in web"
    )
