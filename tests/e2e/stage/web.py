"""A web site on this machine, with pages to talk about."""

from __future__ import annotations

import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

ARTICLE_HEADING = "Migration of the Arctic Tern"
ARTICLE_WORDS = ("terns", "Antarctica", "hemisphere")
SECOND_HEADING = "Harbour Timetable"
PRIVATE_HOST = "my.onlinebanking.test"
"""On Tabtalk's own list; a browser finds it here with `PRIVATE_HOST_RULE`."""
PRIVATE_HOST_RULE = "--host-resolver-rules=MAP *.test 127.0.0.1"
SOUNDS_BY_ITSELF = "--autoplay-policy=no-user-gesture-required"
PRIVATE_COLOUR = (255, 0, 255)
"""On no other page."""

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 18px/1.5 "DejaVu Sans", sans-serif; margin: 40px; color: #111; background: #fff }}
h1 {{ font-size: 40px }}</style><h1>{title}</h1>{body}</html>"""
_LIVELY = """<p id=n>0</p><p id=slide style="font-size: 60px"></p><script>
let n = 0;
setInterval(() => { document.getElementById('n').textContent = ++n }, 50);
setInterval(() => { document.getElementById('slide').textContent = `slide ${n} `.repeat(40) }, 600)</script>"""
"""Enough to be worth a picture every second."""
_SECRETS = """<style>input { font: 22px monospace; display: block; margin: 6px; width: 420px }</style>
<p id=slide></p>
<input id=plain value="an ordinary field">
<input id=login type=password value=hunter2hunter2>
<input id=toggled type=password value=hunter2hunter2>
<input autocomplete=cc-number value=4111222233334444>
<input name=cardNumber value=4111222233334444>
<input autocomplete=one-time-code value=987654321>
<div id=open></div><div id=shut></div>
<script>
for (const [id, mode] of [['open', 'open'], ['shut', 'closed']]) {
  const root = document.getElementById(id).attachShadow({mode});
  root.innerHTML = '<style>input { font: 22px monospace; width: 420px }</style><input name=card_number value=4111222233334444>';
  if (mode === 'closed') window.shut = root.querySelector('input');
}
function addLater() {
  document.body.insertAdjacentHTML('beforeend', '<input id=later name=cvv value=987654321>');
}
let n = 0;
setInterval(() => { document.getElementById('slide').textContent = `offer ${++n} `.repeat(20) }, 700);
</script>"""
"""A form with what must not be seen, all of it in plain text but for one."""
_MEDDLING = """<style>* { filter: none !important; color: #06c !important; background: #ffe !important }
.f { font: 22px monospace; display: block; margin: 6px; width: 420px; height: 30px }</style>
<p id=slide></p>
<label class=row>Card number <input id=labelled class=f value=4111222233334444></label>
<label for=told>Passwort</label><input id=told class=f value=hunter2hunter2>
<select id=expiry class=f autocomplete=cc-exp-month><option>987654321</select>
<input id=masked class=f style="-webkit-text-security: disc" value=hunter2hunter2>
<div id=place><input id=swapped class=f type=password value=hunter2hunter2></div>
<div id=cvv class=f contenteditable style="white-space: nowrap; width: 90px"><b>4111222233334444</b> 987654321</div>
<div id=host class=f></div>
<script>
function show() {
  document.getElementById('masked').style = '';
  const shown = Object.assign(document.createElement('input'), { className: 'f', value: 'hunter2hunter2' });
  document.getElementById('swapped').replaceWith(shown);
  shown.id = 'shown';
}
function bringLate() {
  window.late = document.getElementById('host').attachShadow({mode: 'closed'});
  late.innerHTML = '<input name=cardNumber style="width: 420px; height: 30px" value=4111222233334444>';
}
setInterval(() => { for (const each of document.querySelectorAll('[data-tabtalk-veil]')) each.removeAttribute('data-tabtalk-veil') }, 50);
let n = 0;
setInterval(() => { document.getElementById('slide').textContent = `offer ${++n} `.repeat(20) }, 700);
</script>"""
"""More ways to show a secret, and a page that would not have it covered."""
CARD_COLOUR = (0, 204, 0)
"""Around card numbers in fields that nothing names; on no other page."""
_CARD = """<!doctype html><meta charset="utf-8"><title>Card</title><style>html { background: #0c0 } input { font: 30px monospace; width: 420px }</style>
<p><input value=4111222233334444><p><input value=987654321>"""
_DATED = """<style>#date { display: grid; grid-template-columns: repeat(4, 20px); width: 80px }
#date > * { height: 20px }</style><div id=date></div><p>Every year the terns fly from the Arctic to Antarctica and back.</p><script>
const bits = Array.from({ length: 16 }, () => document.getElementById('date').appendChild(document.createElement('i')));
setInterval(() => {
  const tenths = Math.floor(Date.now() / 100);
  bits.forEach((bit, place) => { bit.style.background = (tenths >> place) & 1 ? '#000' : '#fff' });
}, 20);
</script>"""
"""Each picture of it tells when it was to be seen: tenths of a second since the epoch, the last 16 bits of it as squares."""
_TONE = """<script>const c = new AudioContext(), o = new OscillatorNode(c, {{frequency: {hz}}});
o.connect(new GainNode(c, {{gain: 0.3}})).connect(c.destination); o.start()</script>"""
"""Sounds from the beginning on, in a browser that lets pages do so: `SOUNDS_BY_ITSELF`."""
RADIO_HZ, PRIVATE_RADIO_HZ = 660, 990
_WORDS = Path(__file__).with_name("words.txt").read_text("utf-8").split()


def prose(words: int, seed: int = 1) -> str:
    """Something like sentences, the same for the same seed."""
    chosen = random.Random(seed).choices(_WORDS, k=words)
    return " ".join(word + ("." if index % 11 == 10 else "") for index, word in enumerate(chosen))


def _pdf(heading: str) -> bytes:
    """One page with one line on it."""
    text = f"BT /F1 40 Tf 60 700 Td ({heading}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + end


_DENSE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Fine print</title>
<style>html {{ background: #fff }} body {{ font: 13px/1.5 "DejaVu Sans", sans-serif; margin: 24px; color: #222; columns: 2;
column-gap: 48px; height: calc(100vh - 48px); overflow: hidden }} p {{ margin: 0 0 12px }}</style>{body}</html>"""
_LONG = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Long article</title>
<style>body {{ font: 16px/1.6 "DejaVu Sans", sans-serif; max-width: 800px; margin: 40px auto; color: #111; background: #fff }}
h2 {{ font-size: 28px }}</style>{body}</html>"""
_DASHBOARD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Dashboard</title>
<style>body {{ font: 16px/1.4 "DejaVu Sans", sans-serif; margin: 24px; color: #111; background: #f6f6f6 }}
#clock {{ font-size: 40px; position: absolute; right: 24px; top: 12px }}
table {{ width: 100%; margin-top: 60px; background: #fff }} td {{ padding: 6px 12px }}</style>
<h1>Harbour</h1><div id="clock"></div><table>{rows}</table>
<script>const tick = () => {{ document.getElementById("clock").textContent = new Date().toTimeString().slice(0, 8) }};
tick(); setInterval(tick, 1000)</script></html>"""
PAGES: dict[str, str | bytes] = {
    "/dense": _DENSE.format(body="".join(f"<p>{prose(60, seed)}</p>" for seed in range(24))),
    "/long": _LONG.format(body="".join(f"<h2>Part {part}</h2><p>{prose(160, part)}</p>" for part in range(1, 40))),
    "/dashboard": _DASHBOARD.format(
        rows="".join(
            f"<tr><td>Berth {row}</td><td>{prose(4, row)}</td><td>{row * 37 % 90}</td></tr>" for row in range(14)
        )
    ),
    "/timetable.pdf": _pdf(SECOND_HEADING),
    "/article": _PAGE.format(
        title=ARTICLE_HEADING,
        body="<p>Every year the terns fly from the Arctic to Antarctica and back.</p>"
        "<p>They see two summers, one in each hemisphere.</p><p><a href='/second'>Next page</a></p>",
    ),
    "/second": _PAGE.format(
        title=SECOND_HEADING,
        body="<table><tr><td>Ferry</td><td>09:40</td></tr><tr><td>Barge</td><td>11:15</td></tr></table>",
    ),
    "/moving": _PAGE.format(
        title="Counter",
        body="<p id=n style='font-size:80px'>0</p>"
        # All of it: a number that ticks on a page that stands still is hardly worth a picture.
        "<script>let n = 0; setInterval(() => { document.getElementById('n').textContent = ++n;"
        " document.documentElement.style.background = n % 2 ? '#fff' : '#ccd' }, 200)</script>",
    ),
    "/map": _PAGE.format(
        title="Map",
        body="<style>#map {{ display: grid; grid-template-columns: repeat(8, 1fr); gap: 6px; height: 520px }}"
        "#map > * {{ display: grid; place-items: center; color: #fff; font-size: 24px }}</style><div id=map></div>"
        "<script>for (let n = 0; n < 40; n++) {{ const cell = document.createElement('button'); cell.id = `cell${{n}}`;"
        " cell.textContent = `Plot ${{n}}`; cell.style.background = `hsl(${{(n * 47) % 360}} 70% ${{30 + (n * 13) % 30}}%)`;"
        " cell.onclick = () => {{ document.title = 'clicked' }}; map.append(cell) }}</script>".replace(
            "{{", "{"
        ).replace("}}", "}"),
    ),
    "/meddler": _PAGE.format(
        title="Meddler",
        body="<p>This page takes away whatever is laid over it.</p><script>new MutationObserver((changes) => {"
        " for (const { addedNodes } of changes) for (const node of addedNodes) node.remove()"
        " }).observe(document.documentElement, { childList: true })</script>",
    ),
    "/sounding": _PAGE.format(
        title="Radio",
        body='<button onclick="const c = new AudioContext(), o = new OscillatorNode(c, {frequency: 660});'
        " o.connect(c.destination); o.start(); document.title = 'on air'\">Play</button>",
    ),
    "/radio": _PAGE.format(title="On air", body=_TONE.format(hz=RADIO_HZ)),
    "/private-radio": _PAGE.format(title="Your calls", body=_TONE.format(hz=PRIVATE_RADIO_HZ)),
    "/lively": _PAGE.format(title="Slides", body=_LIVELY),
    "/secrets": _PAGE.format(title="Checkout", body=_SECRETS),
    "/dated": _PAGE.format(title="Dated", body=_DATED),
    "/meddling": _PAGE.format(title="Order", body=_MEDDLING),
    "/card": _CARD,
    "/embedded": _CARD,
    "/frames": _PAGE.format(title="Order", body="<div id=frames></div>" + _LIVELY),
    "/private": _PAGE.format(title="Your balance", body="<style>html, body { background: #f0f }</style>" + _LIVELY),
}


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, str | bytes]] = PAGES

    def do_GET(self) -> None:
        if self.path.startswith("/away?"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/away?"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        page = "" if self.path == "/favicon.ico" else self.pages.get(self.path)
        shown = "not here" if page is None else page
        body = shown.encode() if isinstance(shown, str) else shown
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8" if isinstance(shown, str) else "application/pdf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Web:
    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="web", daemon=True)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def url(self, path: str) -> str:
        assert path in PAGES
        return self.origin + path

    def private(self, path: str = "/private") -> str:
        """A page of `PRIVATE_HOST`."""
        assert path in PAGES
        return f"http://{PRIVATE_HOST}:{self._server.server_port}{path}"

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
