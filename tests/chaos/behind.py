"""What the tests of nodes behind a proxy share."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import PATIENCE_S
from tests.server.harness import Clients

__all__ = ["DOCS", "certificate", "resumed"]

DOCS: Final = Path(__file__).parents[2] / "docs" / "operations.md"


def certificate(path: Path) -> ssl.SSLContext:
    """Write a certificate of our own, and return what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem + secret)
    return ssl.create_default_context(cadata=pem.decode())


async def resumed(clients: Clients, token: str, trust: ssl.SSLContext) -> Any:
    """Resume through the proxy, again and again while it still sends us to the drained node."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            wire = await clients.connect(tls=trust)
            answer = await wire.ask(
                "resume", token=token, client={"name": "harness", "version": "1"}, positions=[]
            )
            if answer.type == "welcome":
                wire.welcome = answer.body
                return wire
            assert answer.code == "draining", answer
            await asyncio.sleep(0.1)
