"""A relay in the shape of Google's example for the Python SDK: binary sound, pictures as base64 in JSON, a queue for each kind.

Re-created from its description, and leaner than it: a bare WebSocket server stands for the web framework. A task for each of
the queues gives what comes to the SDK; a task takes what the SDK says, and puts sound in a callback and all else in a queue of
events. Where it is, it prints.
"""

import asyncio
import base64
import json
import ssl
import sys

from google import genai
from google.genai import types
from websockets.asyncio.server import serve

where = json.loads(sys.argv[1])


class GeminiLive:
    def __init__(self):
        self.client = genai.Client(
            api_key=where["key"],
            http_options=types.HttpOptions(
                base_url=where["base_url"],
                api_version="v1beta",
                async_client_args={"ssl": ssl.create_default_context(cadata=where["ca_pem"])},
            ),
        )

    async def start_session(self, audio_input, video_input, text_input, audio_output, config):
        """Yields what is not sound."""
        async with self.client.aio.live.connect(model=where["model"], config=config) as session:
            events = asyncio.Queue()

            async def send_audio():
                while True:
                    chunk = await audio_input.get()
                    await session.send_realtime_input(audio=types.Blob(data=chunk, mime_type="audio/pcm;rate=16000"))

            async def send_video():
                while True:
                    chunk = await video_input.get()
                    await session.send_realtime_input(video=types.Blob(data=chunk, mime_type="image/jpeg"))

            async def send_text():
                while True:
                    await session.send_realtime_input(text=await text_input.get())

            async def receive():
                try:
                    while True:
                        async for response in session.receive():
                            content = response.server_content
                            if content is None:
                                continue
                            for part in (content.model_turn and content.model_turn.parts) or ():
                                if part.inline_data:
                                    await audio_output(part.inline_data.data)
                            if content.turn_complete:
                                await events.put({"type": "turn_complete"})
                            if content.interrupted:
                                await events.put({"type": "interrupted"})
                finally:
                    await events.put(None)

            tasks = [asyncio.create_task(work()) for work in (send_audio, send_video, send_text, receive)]
            await events.put({"type": "ready"})
            try:
                while (event := await events.get()) is not None:
                    yield event
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


async def talk(browser):
    audio_input, video_input, text_input = asyncio.Queue(), asyncio.Queue(), asyncio.Queue()
    config = json.loads(await browser.recv())["setup"]

    async def from_client():
        async for message in browser:
            if isinstance(message, bytes):
                await audio_input.put(message)
                continue
            payload = json.loads(message)
            if payload.get("type") == "image":
                await video_input.put(base64.b64decode(payload["data"]))
            else:
                await text_input.put(payload["text"])

    async def run_session():
        async for event in GeminiLive().start_session(audio_input, video_input, text_input, browser.send, config):
            await browser.send(json.dumps(event))

    tasks = [asyncio.create_task(from_client()), asyncio.create_task(run_session())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def main():
    async with serve(talk, "127.0.0.1", 0, max_size=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
