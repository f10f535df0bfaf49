"""A relay in the shape of the tutorial: JSON and base64 on both hops, whatever the library does by default.

Re-created from its description: one WebSocket server; the first message is the set-up; a message from the client is parsed, its
media are taken out of base64 and given to the SDK; what the SDK says is put into base64 and JSON again. Where it is, it prints.
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
client = genai.Client(
    api_key=where["key"],
    http_options=types.HttpOptions(
        base_url=where["base_url"],
        api_version="v1beta",
        async_client_args={"ssl": ssl.create_default_context(cadata=where["ca_pem"])},
    ),
)


async def talk(browser):
    config = json.loads(await browser.recv())["setup"]
    async with client.aio.live.connect(model=where["model"], config=config) as session:

        async def up():
            async for message in browser:
                for chunk in json.loads(message)["realtime_input"]["media_chunks"]:
                    data = base64.b64decode(chunk["data"])
                    if chunk["mime_type"] == "audio/pcm":
                        await session.send_realtime_input(audio=types.Blob(data=data, mime_type="audio/pcm;rate=16000"))
                    else:
                        await session.send_realtime_input(video=types.Blob(data=data, mime_type=chunk["mime_type"]))

        async def down():
            while True:
                async for response in session.receive():
                    turn = response.server_content and response.server_content.model_turn
                    for part in (turn and turn.parts) or ():
                        if part.text is not None:
                            await browser.send(json.dumps({"text": part.text}))
                        elif part.inline_data is not None:
                            audio = base64.b64encode(part.inline_data.data).decode("utf-8")
                            await browser.send(json.dumps({"audio": audio}))

        await browser.send(json.dumps({"ready": True}))
        tasks = [asyncio.create_task(up()), asyncio.create_task(down())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def main():
    async with serve(talk, "127.0.0.1", 0, max_size=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
