"""What the browser starts: claims stdio, says hello, and only then wires up the rest.

`hello` must not wait for anything heavy, so the imports here come in the order in which they are needed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys

# In a session of its own the host has, on Linux, a share of the processor like that of the whole browser (`sched(7)`: the
# autogroup feature) instead of one thread's among its hundred: neither the start nor the audio waits behind a busy page.
# Windows has no sessions; and where one was made for us, that will do.
with contextlib.suppress(AttributeError, OSError):
    os.setsid()

# Nothing is garbage yet; `dialer.py` turns it on again when all is imported.
gc.disable()

from pathlib import Path  # noqa: E402 (after what is above)

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tabtalk import stdio  # noqa: E402 (the path above)


def main() -> int:
    """The process's exit status: 0 when the browser left or nobody used the host."""
    wire = stdio.claim()
    from tabtalk import __version__, greeting

    greeted = greeting.greet(wire, sys.argv, __version__)
    if isinstance(greeted, int):
        return greeted
    listener, tokens, hello = greeted

    try:
        import asyncio
        import logging

        from tabtalk import log, paths, settings
        from tabtalk.dialer import Dialer
        from tabtalk.host import Host
    except Exception as error:  # noqa: BLE001 (a damaged package may raise anything)
        import traceback

        with contextlib.suppress(OSError):
            traceback.print_exc()
        return greeting.report_broken(wire, f"{type(error).__name__}: {error}")

    log.start(paths.log_dir())
    if refused := settings.manage(hello.managed or {}):
        logging.getLogger(__name__).warning("the organisation's policy has what makes no sense: %s", ", ".join(refused))

    async def serve() -> None:
        dialer = Dialer()
        # Only now: two threads that import at the same time take a third longer than one after the other.
        dialer.prepare()
        await Host(wire, listener, tokens, dialer, __version__).run()

    asyncio.run(serve())
    return 0


if __name__ == "__main__":
    # Without waiting for threads in the middle of an import or a read: the browser is gone already.
    status = main()
    with contextlib.suppress(OSError):  # Nobody reads it.
        sys.stderr.flush()
    os._exit(status)
