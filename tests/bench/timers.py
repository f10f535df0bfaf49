"""A timer that sends the picture whether it has changed or not, to compare: as the tutorial of the Live API does it, a video
drawn on a canvas and encoded, here at the tab's own size. It runs where Tabtalk's pictures are taken, with the same right to
capture, and sends nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from load import process_s

if TYPE_CHECKING:
    from stage.chromium import Chromium

_STREAM_ID = """chrome.tabs.query({active: true, lastFocusedWindow: true})
  .then(([tab]) => chrome.tabCapture.getMediaStreamId({targetTabId: tab.id}))"""
_BEGIN = """(async () => {
  const mandatory = { chromeMediaSource: 'tab', chromeMediaSourceId: 'STREAM', maxFrameRate: 10,
    minWidth: 2, minHeight: 4, maxWidth: 3840, maxHeight: 3840 };
  const stream = await navigator.mediaDevices.getUserMedia({ video: { mandatory } });
  const [track] = stream.getVideoTracks();
  const video = Object.assign(document.createElement('video'), { srcObject: stream, muted: true });
  video.play();
  const coaxing = setInterval(() => new MediaStreamTrackProcessor({ track }).readable.cancel(), 50);
  await new Promise((done) => { video.onloadeddata = done });
  clearInterval(coaxing);
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  const encoding = [];
  const look = () => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    context.drawImage(video, 0, 0);
    encoding.push(new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.7)));
  };
  look();
  const timer = setInterval(look, PERIOD);
  globalThis.endTimer = async () => {
    clearInterval(timer);
    const sizes = (await Promise.all(encoding)).map((blob) => blob.size);
    track.stop();
    return sizes;
  };
})()"""


class Timed(NamedTuple):
    a_minute: float
    bytes: float
    """Of one picture, in the mean."""
    process: float
    """Of the extension's process: its share of one core."""


def timed(chromium: Chromium, process: int, every_s: float, seconds: float) -> Timed:
    """Of the tab in front, over which the toolbar button was clicked and no conversation runs."""
    stream = chromium.service_worker().evaluate(_STREAM_ID)
    document = chromium.offscreen()
    document.evaluate(_BEGIN.replace("STREAM", stream).replace("PERIOD", str(1000 * every_s)), 20)
    began, before = time.monotonic(), process_s(process)
    time.sleep(seconds)
    lasted = time.monotonic() - began
    sizes = document.evaluate("endTimer()", 20)
    share = (process_s(process) - before) / lasted
    return Timed(60 / every_s, sum(sizes) / len(sizes), share)
