"""What an installation tells its services on every start: the packs that bind each court, and who holds which post.

Command ids are made of what is told and of how far the stream it goes to has come: a retry changes nothing, and what
was told before and changed since can be told again. What was told last is known there, so that only changes count.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from infra.host import Hosted
from infra.installation import Member as ListedMember
from kernel.application import Application, Stream
from kernel.call import Call, system_call
from rules.packs import Pack
from supervision.application import Supervision
from supervision.policies import CourtPolicies
from triage.application import Triage
from triage.member import Member


async def introduce(hosted: Hosted) -> None:
    """Tells what the services that run in this process have to be told."""
    applications = {name: running.parts.application for name, running in hosted.running.items()}
    for court, settings in hosted.installation.settings.items():
        if supervision := applications.get(Supervision.SERVICE):
            for pack in hosted.installation.courts[court].packs:
                await _publish(hosted, supervision, court, pack)
        if triage := applications.get(Triage.SERVICE):
            for member in settings.members:
                await _post(hosted, triage, court, member)
            for member_id in _posted(triage, court) - {member.id for member in settings.members}:
                await _leave(hosted, triage, court, member_id)


async def _publish(hosted: Hosted, supervision: Supervision, court: str, pack: Pack) -> None:
    first = pack.effective.first
    assert first is not None  # the installation gives it where the scheme does not
    told = {"what": "pack", "name": pack.pack, "version": pack.version, "digest": pack.digest}
    window = {"effective_from": first, "effective_to": pack.effective.last, "provisional": False}
    call = await _call(hosted, supervision, court, (CourtPolicies, court), f"publish {told} {window}")
    await supervision.publish_policy(call, **told, **window)


async def _post(hosted: Hosted, triage: Triage, court: str, member: ListedMember) -> None:
    for post in member.posts:
        call = await _call(hosted, triage, court, (Member, member.id), f"post {member.id} {member.team} {post}")
        fields = {"team": member.team, "post": post, "from_division": None, "reason": "appointed", "until": None}
        await triage.post_member(call, member.id, **fields)


def _posted(triage: Triage, court: str) -> set[str]:
    facts = (fact for fact in triage.courts.heard if fact.court == court)
    return {fact.data["member_id"] for fact in facts if fact.type == "MemberPosted"}


async def _leave(hosted: Hosted, triage: Triage, court: str, member_id: str) -> None:
    """Who was introduced once and is listed no more has left; whom only people have posted stays."""
    member = await triage.read(Member, member_id)
    if member.introduced and member.posts:
        call = await _call(hosted, triage, court, (Member, member_id), f"leave {member_id}")
        fields = {
            "team": member.team,
            "post": min(member.posts),
            "from_division": None,
            "reason": "left",
            "until": None,
        }
        await triage.post_member(call, member_id, **fields)


async def _call(hosted: Hosted, application: Application, court: str, stream: Stream, told: str) -> Call:
    version = (await application.read(*stream)).version
    command_id = str(uuid5(NAMESPACE_URL, f"{court}\n{application.SERVICE}\n{told}\n{version}"))
    return system_call(court, command_id, correlation_id=command_id, causation_id=command_id, now=hosted.clock.now())
