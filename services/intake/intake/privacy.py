"""Personal data (个人信息) of parties: encrypted with a key per (case, party), kept apart from the log.

Destroying the key forgets the person; the history stays, and so does the keyed hash of a debtor's identity number.
The keys stand in a schema of their own, wrapped by the installation's secret, which comes from a file: a copy of the
log alone, or of the log and the keys without the file, gives nobody's name away.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg
import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import JsonValue

from kernel.problems import WrongState

KEY_BYTES = 32
NONCE_BYTES = 12
TABLE = "intake_keys.keys"
SCHEMA = f"""
CREATE SCHEMA IF NOT EXISTS intake_keys;
CREATE TABLE IF NOT EXISTS {TABLE} (
    case_id text NOT NULL, party_id text NOT NULL, wrapped bytea, PRIMARY KEY (case_id, party_id));
"""
LOCK = 0x7A78696B  # serialises the making of the table by processes that start together


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """The keys of a case's parties; a forgotten party has none. Sealed values are bound to case, party and field."""

    case_id: str
    keys: Mapping[str, bytes]

    def seal(self, party_id: str, values: Mapping[str, JsonValue]) -> dict[str, str]:
        if party_id not in self.keys:
            raise WrongState("this party is forgotten: nothing more is recorded of it")
        key = self.keys[party_id]
        return {
            field: base64.b64encode(_encrypt(key, orjson.dumps(value), self.case_id, party_id, field)).decode()
            for field, value in values.items()
        }

    def unseal(self, party_id: str, sealed: Mapping[str, str]) -> dict[str, JsonValue] | None:
        """None for a forgotten party. Raises cryptography's InvalidTag for what was sealed elsewhere."""
        if party_id not in self.keys:
            return None
        key = self.keys[party_id]
        return {
            field: orjson.loads(_decrypt(key, base64.b64decode(value), self.case_id, party_id, field))
            for field, value in sealed.items()
        }


def _encrypt(key: bytes, text: bytes, *place: str) -> bytes:
    """AES-256-GCM; `place` is authenticated with it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, "\n".join(place).encode())


def _decrypt(key: bytes, sealed: bytes, *place: str) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], "\n".join(place).encode())


class Vault:
    """Makes, gives out and destroys keys. A destroyed one leaves an empty row: the party is not given another."""

    def __init__(self, pool: asyncpg.Pool, secret: bytes) -> None:
        self._pool = pool
        self._master = hmac.digest(secret, b"intake: wraps the keys of personal data", "sha256")
        self._hash_key = hmac.digest(secret, b"intake: hashes identity numbers", "sha256")

    async def prepare(self) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            await connection.execute(SCHEMA)

    async def make_keys(self, case_id: str, party_ids: Sequence[str]) -> CaseKeys:
        """The case's keys, after making those of these parties that never had one."""
        return (await self.make_all_keys({case_id: party_ids}))[case_id]

    async def make_all_keys(self, parties: Mapping[str, Sequence[str]]) -> Mapping[str, CaseKeys]:
        """The same of several cases."""
        new = [(case_id, party_id) for case_id, party_ids in parties.items() for party_id in party_ids]
        await self._pool.execute(
            f"INSERT INTO {TABLE} SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING",
            [case_id for case_id, _ in new],
            [party_id for _, party_id in new],
            [_encrypt(self._master, secrets.token_bytes(KEY_BYTES), *each) for each in new],
        )
        return await self._keys(parties)

    async def keys(self, case_id: str) -> CaseKeys:
        return (await self._keys([case_id]))[case_id]

    async def _keys(self, case_ids: Iterable[str]) -> Mapping[str, CaseKeys]:
        keys: dict[str, dict[str, bytes]] = {case_id: {} for case_id in case_ids}
        for case_id, party_id, wrapped in await self._pool.fetch(
            f"SELECT * FROM {TABLE} WHERE case_id = ANY($1) AND wrapped IS NOT NULL", list(keys)
        ):
            keys[case_id][party_id] = _decrypt(self._master, wrapped, case_id, party_id)
        return {case_id: CaseKeys(case_id, of_case) for case_id, of_case in keys.items()}

    async def destroy(self, case_id: str, party_id: str) -> None:
        """For good: the table is written anew, because a row that is only marked dead can be read in its file."""
        done = await self._pool.execute(
            f"UPDATE {TABLE} SET wrapped = NULL WHERE case_id = $1 AND party_id = $2 AND wrapped IS NOT NULL",
            case_id,
            party_id,
        )
        if done != "UPDATE 0":
            await self._pool.execute(f"VACUUM (FULL) {TABLE}")

    def identity_hash(self, court: str, identity_no: str) -> str:
        """Within one court the same for one identity number, however it is written; "" for none."""
        normal = "".join(c for c in unicodedata.normalize("NFKC", identity_no).upper() if c.isalnum())
        return hmac.digest(self._hash_key, f"{court}\n{normal}".encode(), "sha256").hex() if normal else ""
