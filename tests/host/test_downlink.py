from tabtalk import protocol
from tabtalk.downlink import MOST_MESSAGES, MOST_SOUND_BYTES, Downlink, Sound
from tabtalk.protocol import Attached, FrameAck, SessionState, TurnComplete


class Link:
    """Takes `room` messages, then it has gone."""

    def __init__(self, room=10_000):
        self.put = []
        self.room = room

    async def send(self, message):
        if len(self.put) >= self.room:
            return False
        self.put.append(message)
        return True

    async def send_sound(self, pcm, turn):
        return await self.send(Sound(pcm, turn))


async def test_with_a_link_all_goes_at_once():
    downlink, link = Downlink(), Link()
    await downlink.attach(link, [Attached(kept=False, received=-1)])
    await downlink.send(TurnComplete(1))
    await downlink.send_sound(b"ab", 2)
    assert link.put == [Attached(kept=False, received=-1), TurnComplete(1), Sound(b"ab", 2)]


async def test_f24_what_is_said_without_a_link_comes_with_the_next_in_order():
    downlink, link = Downlink(), Link()
    await downlink.send_sound(b"ab", 1)
    await downlink.send(TurnComplete(1))
    await downlink.attach(link, [Attached(kept=True, received=7)])
    await downlink.send(TurnComplete(2))
    assert link.put[1:] == [Sound(b"ab", 1), TurnComplete(1), TurnComplete(2)]


async def test_f24_what_a_link_did_not_take_is_kept():
    downlink, going, next_one = Downlink(), Link(room=1), Link()
    await downlink.attach(going, [])
    for turn in range(3):
        await downlink.send(TurnComplete(turn))
    downlink.detach(going)
    await downlink.attach(next_one, [])
    assert going.put + next_one.put == [TurnComplete(0), TurnComplete(1), TurnComplete(2)]


async def test_f24_a_link_that_goes_while_it_is_told_loses_nothing():
    downlink, going, next_one = Downlink(), Link(room=2), Link()
    for turn in range(4):
        await downlink.send(TurnComplete(turn))
    await downlink.attach(going, [])
    await downlink.send(TurnComplete(4))
    await downlink.attach(next_one, [])
    assert going.put + next_one.put == [TurnComplete(turn) for turn in range(5)]


async def test_what_is_of_no_use_later_is_not_kept():
    downlink, link = Downlink(), Link()
    for message in (FrameAck(1), protocol.Pong(1.0), SessionState("live", practice=False, model="m")):
        await downlink.send(message)
    await downlink.attach(link, [])
    assert link.put == []


async def test_what_is_kept_is_bounded_and_the_oldest_goes():
    downlink, link = Downlink(), Link()
    for number in range(MOST_SOUND_BYTES // 48_000 + 5):
        await downlink.send_sound(bytes([number]) * 48_000, 1)
    for turn in range(MOST_MESSAGES + 5):
        await downlink.send(TurnComplete(turn))
    await downlink.attach(link, [])
    assert len(link.put) == MOST_MESSAGES
    assert link.put[-1] == TurnComplete(MOST_MESSAGES + 4)
    assert sum(len(item.pcm) for item in link.put if isinstance(item, Sound)) <= MOST_SOUND_BYTES


async def test_a_link_that_has_gone_takes_no_other_with_it():
    downlink, old, new = Downlink(), Link(), Link()
    await downlink.attach(old, [])
    await downlink.attach(new, [])
    downlink.detach(old)
    await downlink.send(TurnComplete(1))
    assert new.put == [TurnComplete(1)]
