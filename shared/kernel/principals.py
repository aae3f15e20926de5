"""Who calls. Every route takes a Principal; in the embedded default a local issuer signs tokens for people."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import get_args

import jwt

from contracts.base import Post
from kernel.problems import Unauthenticated

ALGORITHM = "HS256"
POSTS = frozenset(get_args(Post)) - {"handler"}  # who is the handler, each case says
NO_MEMBERS = frozenset({"system", "party", "external"})  # actors of the language that no person is
LIFETIME_S = 12 * 3600
MAX_REMEMBERED_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class Principal:
    """A member of a court, with the posts (岗位) held and the team."""

    member: str
    court: str
    posts: tuple[str, ...]
    team: str = ""


class LocalIssuer:
    """Signs and checks tokens with a secret of this installation. Token lifetimes use the machine's time."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._checked: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    def token(self, principal: Principal, *, lifetime_s: float = LIFETIME_S) -> str:
        claims = {
            "sub": principal.member,
            "court": principal.court,
            "posts": list(principal.posts),
            "team": principal.team,
            "exp": int(time.time() + lifetime_s),
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def principal(self, token: str) -> Principal:
        """Raises Unauthenticated. A token is checked once, then remembered until it ends."""
        known = self._checked.get(token)
        if known is None or known[0] <= time.time():
            known = self._checked[token] = self._check(token)
            if len(self._checked) > MAX_REMEMBERED_TOKENS:
                self._checked.popitem(last=False)
        return known[1]

    def _check(self, token: str) -> tuple[float, Principal]:
        try:
            claims = jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], options={"require": ["sub", "court", "posts", "exp"]}
            )
            if claims["sub"] in NO_MEMBERS:
                raise jwt.InvalidTokenError
            posts = tuple(str(post) for post in claims["posts"] if post in POSTS)
            return float(claims["exp"]), Principal(
                str(claims["sub"]), str(claims["court"]), posts, str(claims.get("team", ""))
            )
        except (jwt.InvalidTokenError, TypeError) as error:
            raise Unauthenticated("the token is not valid or has ended", field="header.authorization") from error
