"""The life of a whole conversation: its connections, its links, and its ends."""

import asyncio
import importlib
import json
import time
from functools import partial

import pytest

from conversation import Remembers, begin, call, codes, hosting, states, talking, wait
from tabtalk import keeper, live, protocol, session
from tabtalk.live_socket import LiveSocket
from tabtalk.practice import scenarios, sound, wire
from tabtalk.practice.scenario import Scenario, in_turn


async def test_the_states_are_told_as_they_come():
    async with talking(start=False) as (client, _server, _dialer):
        await client.start()
        seen = await client.until_live()
    assert seen[0] == {"type": "attached", "data": {"kept": False, "received": -1}}
    assert [message["data"]["state"] for message in seen[1:]] == ["starting", "live"]
    assert seen[-1]["data"]["model"] == "gemini-3.8-live"


@pytest.mark.parametrize("text", ["", "   ", "x" * (session.MAX_QUESTION_CHARS + 1)])
async def test_a_question_that_cannot_be_sent_is_refused_with_a_reason(text):
    async with talking() as (client, _server, _dialer):
        await client.send("ask", text=text)
        refused = (await client.until_type("error"))[-1]["data"]
        assert refused["code"] == "bad-message"
        assert not refused["fatal"]


async def test_f2_a_broken_connection_is_dialled_again_and_resumed():
    async with talking() as (client, server, dialer):
        await call(server, lambda scenario: scenario.connection.send_handle())
        # The handle is on its way before anything said after it.
        await call(server, lambda scenario: scenario.send(wire.input_transcription("mark")))
        await client.until_type("transcript", text="mark")
        await asyncio.to_thread(server.drop)
        seen = await client.until_live()
        assert [part["data"]["state"] for part in seen if part["type"] == "session-state"] == ["reconnecting", "live"]
        assert seen[0]["data"]["reason"] == "service-unavailable"
        setups = server.recorder.setups
    assert dialer.dials == 2
    assert setups[1].handle is not None


async def test_f3_a_handle_that_is_refused_is_dropped_for_a_fresh_session():
    class Forgets(Scenario):
        async def on_setup(self, setup):
            if setup.handle:
                await self.close(1008, wire.HANDLE_TEXT)
            else:
                await super().on_setup(setup)
                await self.send(wire.resumption_update("a handle nobody knows"))
                await self.send(wire.input_transcription("mark"))

    async with talking(Forgets) as (client, server, dialer):
        await client.until_type("transcript", text="mark")
        await asyncio.to_thread(server.drop)
        await client.until_live()
    assert dialer.dials <= 3


async def test_f1_a_connection_that_goes_away_is_handed_over_before_its_deadline():
    class Leaves(scenarios.GoAway):
        def __init__(self, connection):
            super().__init__(connection, time_left_s=3.0)

    async with talking(in_turn(Leaves, Scenario)) as (client, server, dialer):
        await client.until_live()
        recorder = server.recorder
        assert recorder.records[0].close_code in {1000, 1001}, "we closed it, not the service"
        assert recorder.records[0].closed_at <= recorder.records[1].opened_at + 0.05
        assert recorder.setups[1].handle is not None
        await client.media(protocol.AUDIO_UP, b"ab" * 320)
        await wait(server, lambda r: len(r.records[1].audio) == 640)
    assert dialer.dials == 2


async def test_f1_the_hand_over_takes_the_handle_that_knows_of_the_last_answer():
    handles = []

    class Leaves(Scenario):
        async def on_setup(self, setup):
            await super().on_setup(setup)
            await self.handle()

        async def on_text(self, _text):
            await self.send(wire.go_away(20))
            await self.answer(sound.speech_like(0.1), "An answer.")

        async def handle(self):
            await self.connection.send_handle()
            handles.append(self.connection.record.sent[-1].frame)

    async with talking(in_turn(Leaves, Scenario), start=False) as (client, server, _dialer):
        await client.start()
        await client.until_live()
        await client.send("ask", text="go")
        await client.until_type("turn-complete")
        await call(server, lambda scenario: scenario.handle())
        await client.until_live()
        assert server.recorder.setups[1].handle == handles[-1]["sessionResumptionUpdate"]["newHandle"]


async def test_t19_a_key_that_looks_like_none_is_not_repeated_to_the_extension():
    reason = "Nobody here knows what right means."
    async with talking(partial(scenarios.CloseWith, code=1007, reason=reason), start=False) as (
        client,
        _server,
        _dialer,
    ):
        await client.start()
        seen = await client.until_type("error")
        assert seen[-1]["data"]["text"] == "Nobody here knows what (key) means."


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (scenarios.RejectKey, "key-rejected"),
        (partial(scenarios.CloseWith, code=1011, reason=wire.QUOTA_TEXT), "quota-exceeded"),
        (partial(scenarios.CloseWith, code=1007, reason="Request contains an invalid argument."), "request-rejected"),
        (
            partial(scenarios.CloseWith, code=1008, reason="models/x is not found for API version v1beta"),
            "model-missing",
        ),
    ],
)
async def test_f4_what_a_retry_cannot_mend_fails_once_with_its_reason(scenario, code):
    async with talking(scenario, start=False) as (client, _server, dialer):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
        assert seen[-1]["data"]["reason"] == code
        assert any(part["type"] == "error" and part["data"]["code"] == code for part in seen)
        await client.socket.wait_closed()
    assert dialer.dials == 1


DEFAULT_ONLY = frozenset({"models/gemini-3.8-live"})


async def test_a_model_that_is_gone_is_replaced_by_the_default_which_is_told_once():
    async with talking(start=False, chosen={"model": "gemini-gone-live"}, models=DEFAULT_ONLY) as (
        client,
        server,
        dialer,
    ):
        await client.start()
        seen = await client.until_type("error", code="model-replaced", fatal=False)
        assert states(seen) == ["starting", "live"]
        assert seen[-2]["data"]["model"] == "gemini-3.8-live"
        assert seen[-1]["data"]["text"] == "gemini-gone-live → gemini-3.8-live"
        assert [setup.model for setup in server.recorder.setups] == [
            "models/gemini-gone-live",
            "models/gemini-3.8-live",
        ]
        await asyncio.to_thread(server.drop)
        again = await client.until_live()
        assert codes(again) == []
        assert dialer.dials == 3, "the one that is gone is not tried again"
        await client.send("ask", text="Are you there?")
        await wait(server, lambda r: [said.text for said in r.texts] == ["Are you there?"])


async def test_where_the_default_is_gone_too_it_fails_with_its_reason():
    async with talking(start=False, chosen={"model": "gemini-gone-live"}, models=frozenset({"models/x"})) as (
        client,
        _server,
        dialer,
    ):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
        assert seen[-1]["data"]["reason"] == "model-missing"
        assert codes(seen) == ["model-missing"]
        await client.socket.wait_closed()
    assert dialer.dials == 2


async def test_a_model_that_goes_in_the_middle_takes_its_handle_along_and_no_word_of_the_person():
    chosen = "gemini-3.8-live-extended-thinking"
    async with talking(Remembers, chosen={"model": chosen}) as (client, server, _dialer):
        await client.send("ask", text="What was the first question?")
        await client.until_type("resumption")
        server.server._terms.models = DEFAULT_ONLY
        await asyncio.to_thread(server.drop)
        await client.until_type("error", code="model-replaced")
        last = server.recorder.setups[-1]
        assert (last.model, last.handle) == ("models/gemini-3.8-live", None)
        assert "What was the first question?" in last.instruction
        assert any(setup.handle for setup in server.recorder.setups), "the chosen one was asked to go on"


async def test_another_model_of_the_settings_is_not_given_a_handle_of_the_one_before():
    async with talking(Remembers) as (client, server, dialer):
        await client.send("ask", text="What was the first question?")
        await client.until_type("resumption")
        dialer.choose("gemini-3.8-live-extended-thinking")
        await asyncio.to_thread(server.drop)
        await client.until_live()
        assert [setup.handle for setup in server.recorder.setups] == [None, None]
        assert "What was the first question?" in server.recorder.setups[-1].instruction


async def test_t19_no_frame_to_the_extension_holds_the_key():
    async with talking(start=False, chosen={"key": "AIzaCANARY0123456789"}) as (client, _server, _dialer):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
    assert "CANARY" not in json.dumps(seen)


async def test_f5_a_service_that_never_confirms_fails_with_its_reason(monkeypatch):
    monkeypatch.setattr(live, "SETUP_TIMEOUT_S", 0.3)
    async with talking(scenarios.NoSetupComplete, start=False) as (client, _server, _dialer):
        await client.start()
        seen = await client.until_type("session-state", state="failed")
        assert seen[-1]["data"]["reason"] == "setup-timeout"


async def test_pings_are_answered_before_and_during_a_conversation():
    async with talking(start=False) as (client, _server, _dialer):
        await client.send("ping", time=1.5)
        assert (await client.until_type("pong"))[-1]["data"] == {"time": 1.5}
        await client.start()
        await client.send("ping", time=2.5)
        await client.until_type("pong", time=2.5)


async def test_an_end_closes_the_session_with_gemini():
    async with talking() as (client, server, _dialer):
        await client.send("end-session")
        await client.socket.wait_closed()
        await wait(server, lambda r: r.records[0].close_code == 1000)


async def test_a_link_that_breaks_closes_the_session_with_gemini():
    async with talking() as (client, server, _dialer):
        client.socket.transport.abort()
        await wait(server, lambda r: r.records[0].closed_at is not None)


async def test_a_link_on_which_nobody_starts_is_closed(monkeypatch):
    monkeypatch.setattr(keeper, "START_TIMEOUT_S", 0.2)
    async with talking(start=False) as (client, _server, dialer):
        await asyncio.wait_for(client.socket.wait_closed(), 5)
    assert dialer.dials == 0


async def test_f24_a_link_that_breaks_is_followed_by_another_and_the_session_goes_on():
    async with hosting() as (link, server, dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            for _ in range(5):
                last = await first.media(protocol.AUDIO_UP, b"ab" * 320)
            await wait(server, lambda r: len(r.audio) == 5 * 640)
            await call(server, lambda scenario: scenario.send(wire.output_transcription("Half an ")))
            await first.until_type("transcript")
            first.socket.transport.abort()
        await call(server, lambda scenario: scenario.send(wire.output_transcription("answer.")))
        await call(server, lambda scenario: scenario.send(wire.turn_complete()))
        async with link() as second:
            await begin(second)
            seen = await second.until_type("turn-complete")
        assert dialer.dials == 1
    assert seen[0] == {"type": "attached", "data": {"kept": True, "received": last}}
    assert (seen[1]["type"], seen[1]["data"]["state"]) == ("session-state", "live")
    assert [part["data"]["text"] for part in seen if part["type"] == "transcript"] == ["answer."]
    assert {part["data"]["turn"] for part in seen[2:]} == {1}


async def test_f24_another_conversation_does_not_take_it_up_and_the_old_one_ends_first():
    async with hosting() as (link, server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            first.socket.transport.abort()
        async with link() as second:
            await begin(second, conversation="two")
            seen = await second.until_live()
        assert seen[0]["data"]["kept"] is False
        before, after = server.recorder.records
        assert before.closed_at <= after.opened_at + 0.05


async def test_f24_a_session_that_nobody_takes_up_again_ends(monkeypatch):
    monkeypatch.setattr(keeper, "KEPT_S", 0.2)
    async with hosting() as (link, server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            first.socket.transport.abort()
        await wait(server, lambda r: r.records[0].close_code == 1000)
        async with link() as second:
            await begin(second)
            assert (await second.until_live())[0]["data"]["kept"] is False


async def test_an_end_is_an_end_for_the_next_link_too():
    async with hosting() as (link, _server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            await first.send("end-session")
            await first.socket.wait_closed()
        async with link() as second:
            await begin(second)
            assert (await second.until_live())[0]["data"]["kept"] is False


async def test_f18_a_host_that_knows_nothing_resumes_by_the_handle_it_is_given():
    async with hosting() as (link, server, _dialer):
        async with link() as first:
            await begin(first)
            await first.until_live()
            await call(server, lambda scenario: scenario.connection.send_handle())
            handle = (await first.until_type("resumption"))[-1]["data"]["handle"]
            await first.send("end-session")
            await first.socket.wait_closed()
        async with link() as second:
            await begin(second, handle=handle, history={"turns": [{"role": "user", "text": "known"}]})
            await second.until_live()
        setups = server.recorder.setups
    assert setups[1].handle == handle
    assert "known" not in setups[1].instruction


async def test_f3_a_fresh_session_is_told_what_was_said():
    class Forgets(Scenario):
        async def on_setup(self, setup):
            if setup.handle:
                await self.close(1008, wire.HANDLE_TEXT)
            else:
                await super().on_setup(setup)

        async def on_text(self, _text):
            await self.answer(sound.speech_like(0.1), "To Antarctica.")

    async with hosting(Forgets) as (link, server, _dialer):
        async with link() as client:
            await begin(client, handle="of another day", history={"turns": [{"role": "user", "text": "It is winter."}]})
            await client.until_live()
            await client.send("ask", text="Where do terns go?")
            await client.until_type("turn-complete")
            await asyncio.to_thread(server.drop)
            await client.until_live()
        setups = server.recorder.setups
    assert [setup.handle is not None for setup in setups] == [True, False, False]
    assert "user: It is winter." in setups[1].instruction
    for said in ("user: It is winter.", "user: Where do terns go?", "model: To Antarctica."):
        assert said in setups[2].instruction


async def test_f14_the_result_of_a_tool_does_not_go_to_another_session(monkeypatch):
    answered = asyncio.Event()

    class Calls(Scenario):
        async def on_setup(self, setup):
            await super().on_setup(setup)
            await self.send({"toolCall": {"functionCalls": [{"id": "of-the-first", "name": "click", "args": {}}]}})

    refuse = live.Live.refuse_tool

    async def late(self, tool):
        await answered.wait()
        await refuse(self, tool)

    monkeypatch.setattr(live.Live, "refuse_tool", late)
    async with hosting(in_turn(Calls, Scenario)) as (link, server, _dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            await asyncio.to_thread(server.drop)
            await client.until_type("session-state", state="reconnecting")
            answered.set()
            await client.until_live()
            await client.send("ask", text="a mark")
            recorder = await wait(server, lambda r: len(r.records) == 2 and r.records[1].texts)
        arrived = [type(arrival.event).__name__ for arrival in recorder.records[1].arrivals]
        assert "ToolResponse" not in arrived


class Handles(Scenario):
    """Gives a handle at once."""

    async def on_setup(self, setup):
        await super().on_setup(setup)
        await self.connection.send_handle()


async def test_t27_after_a_quiet_time_the_service_is_left_and_a_word_brings_it_back():
    importlib.import_module("tabtalk.live_sdk")  # Or the quiet time is over before the first handle is read.
    async with hosting(Handles, chosen={"park_after_s": 1.0}) as (link, server, dialer), link() as client:
        await begin(client)
        await client.until_live()
        await client.until_type("resumption")
        await client.until_type("session-state", state="parked")
        await wait(server, lambda r: r.records[0].close_code == 1000)
        assert dialer.dials == 1
        await client.send("wake")
        seen = await client.until_live()
        assert [part["data"]["state"] for part in seen if part["type"] == "session-state"] == ["starting", "live"]
        await client.until_type("session-state", state="parked")
        await client.send("ask", text="a question wakes it too")
        await client.until_live()
        recorder = await wait(server, lambda r: len(r.records) == 3 and r.records[2].texts)
        assert recorder.setups[1].handle is not None


async def test_t27_a_question_in_the_moment_in_which_the_service_is_left_is_asked(monkeypatch):
    ask = live.Live.send_question
    asked = []

    async def under_way(self, text):
        asked.append(text)
        if len(asked) == 1:
            await asyncio.Event().wait()
        await ask(self, text)

    monkeypatch.setattr(live.Live, "send_question", under_way)
    async with hosting(chosen={"park_after_s": 0.3}) as (link, server, _dialer), link() as client:
        await begin(client)
        await client.until_live()
        await client.send("ask", text="Are you still there?")
        recorder = await wait(server, lambda r: r.texts)
    assert asked == ["Are you still there?"] * 2
    assert len(recorder.texts) == 1


@pytest.mark.parametrize("talk", ["hands-free", "push-to-talk"])
async def test_t27_what_comes_while_the_service_is_being_left_brings_it_back(monkeypatch, talk):
    close, closing, go = LiveSocket.close, asyncio.Event(), asyncio.Event()

    async def held(self, *args, **more):
        closing.set()
        await go.wait()
        await close(self, *args, **more)

    monkeypatch.setattr(LiveSocket, "close", held)
    async with hosting(chosen={"park_after_s": 0.3}) as (link, server, _dialer), link() as client:
        await begin(client, talk=talk)
        await client.until_live()
        async with asyncio.timeout(10):
            await closing.wait()
        if talk == "hands-free":
            await client.send("ask", text="Are you still there?")
        else:
            await client.media(protocol.AUDIO_UP, bytes(640), 1)
        await client.send("ping", time=1)
        await client.until_type("pong")
        go.set()
        seen = await client.until_live()
        assert states(seen) == ["parked", "starting", "live"]
        await wait(server, lambda r: r.texts or r.audio)


async def test_f7_a_network_that_is_back_is_used_at_once():
    async with hosting() as (link, server, dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            for _ in range(4):
                await asyncio.to_thread(server.drop)
                await client.until_type("session-state", state="reconnecting")
                began = time.monotonic()
                await client.send("network-changed", online=True)
                await client.until_live()
            assert time.monotonic() - began < 3.5, "the fourth backoff alone takes four seconds"
        assert dialer.dials == 5


async def test_f26_a_computer_that_slept_leaves_the_old_connection_for_a_new_one(monkeypatch):
    slept = asyncio.Event()

    async def woken(_clock):
        await slept.wait()
        slept.clear()
        return 60.0

    monkeypatch.setattr(session, "woken", woken)
    async with hosting() as (link, server, dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            slept.set()
            await client.until_type("session-state", state="reconnecting")
            await client.until_live()
            await wait(server, lambda r: r.records[0].closed_at is not None)
        assert dialer.dials == 2


async def test_f32_a_connection_that_was_left_leaves_no_task_behind():
    async with hosting(Handles) as (link, server, dialer):
        async with link() as client:
            await begin(client)
            await client.until_live()
            running = []
            for _ in range(6):
                await client.until_type("resumption")
                running.append(len(asyncio.all_tasks()))
                await call(server, lambda scenario: scenario.send(wire.go_away(1)))
                await client.until_live()
        assert dialer.dials == 7
    assert max(running) <= running[0] + 1, "one may be in the middle of its end"
