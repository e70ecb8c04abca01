"""Opens a report in headless Chromium and uses it as a reader would; anything that fails is an error.

Speaks the DevTools protocol over a pair of pipes, so that nothing but Python and Chromium is needed.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
SIZES = {"phone": (360, 740), "laptop": (1280, 800), "projector": (1920, 1080)}


class Browser:
    """One page of one Chromium."""

    def __init__(self):
        self.profile = tempfile.mkdtemp()
        to_read, self.to = os.pipe()
        self.back, back_write = os.pipe()

        def wire():
            # The browser reads its commands from descriptor 3 and answers on 4.
            low, high = os.dup(to_read), os.dup(back_write)
            os.dup2(low, 3)
            os.dup2(high, 4)

        self.process = subprocess.Popen(
            ["chromium", *CHROMIUM, f"--user-data-dir={self.profile}", "--remote-debugging-pipe"],
            preexec_fn=wire, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(back_write)
        self.buffer, self.number, self.session = b"", 0, None
        self.problems, self.loaded, self.requests = [], False, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.back, 1 << 20)
            if not piece:
                raise SystemExit("the browser has gone away")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        self.hear(message)
        return message

    def hear(self, message):
        what, params = message.get("method"), message.get("params", {})
        if what == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif what == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.problems.append(str(params["args"]))
        elif what == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(params["entry"]["text"])
        elif what == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif what == "Page.loadEventFired":
            self.loaded = True

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise SystemExit(f"{script[:200]}: {answer['exceptionDetails']['exception']['description']}")
        return answer["result"].get("value")

    def open(self, page):
        self.loaded = False
        self.call("Page.navigate", url=page.resolve().as_uri())
        while not self.loaded:
            self.receive()

    def size(self, width, height, theme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 500)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode={"ArrowRight": 39, "ArrowLeft": 37, "Home": 36}[key])

    def move(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path, whole):
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(shot["data"]))


CHECKS = []


def check(name):
    def keep(run):
        CHECKS.append((name, run))
        return run
    return keep


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


PIXELS = "(root) => [...root.querySelectorAll('.frame canvas')].map((c) => c.hidden ? '' : c.toDataURL())"


@check("every slider moves its maps, its name and its ARIA text")
def sliders(b):
    names = b.run("[...document.querySelectorAll('.viewer input[type=range]')].map((i) => i.closest('.viewer').id)")
    expect(names, "there is a slider")
    for name in names:
        state = f"""(() => {{ const root = document.getElementById('{name}'), i = root.querySelector('input');
            return [i.value, i.getAttribute('aria-valuetext'), root.querySelector('output').textContent,
                ({PIXELS})(root)]; }})()"""
        b.run(f"document.getElementById('{name}').querySelector('input').focus()")
        b.press("Home")
        first = b.run(state)
        b.press("ArrowRight")
        second = b.run(state)
        expect((first[0], second[0]) == ("0", "1"), f"{name}: the slider goes from 0 to 1, not {first[0]} to {second[0]}")
        expect(first[1] == first[2] and second[1] == second[2] and first[1] != second[1], f"{name}: its text moves")
        expect(first[3] != second[3], f"{name}: its maps change")


@check("the mark in the chart follows the slider, and the chart the chosen layer")
def formation(b):
    x = "document.querySelector('.curve:not([hidden]) .moment').getAttribute('x1')"
    b.run("document.querySelector('#formation input').focus()")
    b.press("Home")
    before = b.run(x)
    b.press("ArrowRight")
    expect(float(b.run(x)) > float(before), "the mark moves to the right")
    shown = "document.querySelector('.curve:not([hidden])').dataset.curve"
    last = b.run(shown)
    b.run("(() => { const s = document.querySelector('#formation select'); s.value = 0;"
          "s.dispatchEvent(new Event('change')); })()")
    expect(b.run(shown) != last, "another layer shows its own chart")


@check("play runs to the last frame and stops")
def play(b):
    b.run("document.querySelector('#convergence-maps .controls button').click()")
    count = b.run("document.querySelector('#convergence-maps input').max")
    deadline = time.time() + 12
    while b.run("document.querySelector('#convergence-maps .controls button').textContent.includes('Pause')"):
        expect(time.time() < deadline, "it stops")
        time.sleep(0.2)
    expect(b.run("document.querySelector('#convergence-maps input').value") == count, "it stops at the end")


@check("pointing at a map gives the number that the data hold")
def hover(b):
    for name in ["first-look", "convergence-maps", "backflow", "formation"]:
        told = b.run(f"""(async () => {{
            const root = document.getElementById('{name}'), canvas = root.querySelector('.frame canvas:not([hidden])');
            canvas.scrollIntoView({{block: 'center'}});
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const box = canvas.getBoundingClientRect();
            return [box.left + box.width * 0.5 / canvas.width, box.top + box.height * 0.5 / canvas.height];
        }})()""")
        b.move(*told)
        text = b.run(f"document.querySelector('#{name} .readout').textContent")
        value = b.run(f"""(() => {{
            const root = document.getElementById('{name}'), data = JSON.parse(document.getElementById('{name}-data').textContent);
            const select = root.querySelector('select'), slider = root.querySelector('input');
            const panel = data.variants[select ? select.value : data.chosen].rows[0].panels[0];
            const map = panel.frames[slider ? slider.value : 0];
            const bytes = Uint8Array.from(atob(map.data), (c) => c.charCodeAt(0));
            return new DataView(bytes.buffer).getInt16(0, true) * 10 ** map.exponent;
        }})()""")
        expect("row 0, column 0" in text, f"{name}: {text}")
        shown = float(text.split("column 0: ")[1].split()[0])
        expect(abs(shown - value) <= 1e-9 * max(1, abs(value)), f"{name}: shows {shown} for {value}")


@check("arrow keys read a map and a chart")
def keys(b):
    b.run("document.querySelector('#first-look canvas').focus()")
    b.press("ArrowRight")
    text = b.run("document.querySelector('#first-look .readout').textContent")
    expect("row 0, column 1" in text, text)
    b.run("document.querySelector('.plot:not([hidden]) svg').focus()")
    first = b.run("document.activeElement.parentNode.querySelector('.readout').textContent")
    b.press("ArrowRight")
    second = b.run("document.activeElement.parentNode.querySelector('.readout').textContent")
    expect(first != second and ":" in second, f"{first} / {second}")


@check("every scheme's taps say what they read")
def taps(b):
    said = b.run("""[...document.querySelectorAll('.chips button')].map((chip) => {
        chip.click(); return document.querySelector('#taps .taps-body .readout').textContent; })""")
    expect(len(said) >= 9 and len(set(said)) == len(said), "each scheme says something of its own")
    expect(all("lies outside" in text for text in said), "the first tap lies outside")


@check("the first screen says what was found and shows what PPP is, and nothing is said twice")
def opening(b):
    b.size(1440, 900, "light")
    found = b.run("""(() => {
        const bottom = (n) => document.querySelector(n).getBoundingClientRect().bottom + scrollY;
        const shown = (n) => [...document.querySelectorAll(n)].filter((one) => one.checkVisibility());
        const legends = (group) => group.querySelectorAll('.key').length;
        return {
            headline: bottom('.headline'), strip: bottom('.strip'),
            pictures: [...document.querySelectorAll('.strip img')].filter((i) => i.complete && i.naturalWidth > 0).length,
            hints: shown('.hint > span').length,
            legends: shown('.group').map(legends),
            open: shown('.downloads button').length, menus: shown('.downloads summary').length,
            cut: shown('.scroll').filter((t) => t.scrollWidth > t.clientWidth + 1).map((t) => t.ariaLabel.slice(0, 40)),
            nowhere: [...document.querySelectorAll('.links a')].map((a) => a.getAttribute('href'))
                .filter((to) => to[0] === '#' && !document.getElementById(to.slice(1))),
        }; })()""")
    b.size(*SIZES["laptop"], "light")
    expect(found["headline"] < found["strip"] < 900, f"the pictures end at {found['strip']}")
    expect(found["pictures"] == 5, f"{found['pictures']} pictures")
    expect(found["hints"] == 1, f"{found['hints']} hints")
    expect(found["legends"] and set(found["legends"]) == {1}, f"legends by group: {found['legends']}")
    expect(found["menus"] > 5 and found["open"] == 0, f"{found['open']} buttons stand open")
    expect(not found["cut"], f"cut at 1440 pixels: {found['cut']}")
    expect(not found["nowhere"], f"links to nothing: {found['nowhere']}")


@check("phones are told to tap")
def words(b):
    shown = "[...document.querySelectorAll('.hint > span')].filter((n) => n.checkVisibility()).map((n) => n.textContent).join()"
    b.size(*SIZES["phone"], "light")
    said = b.run(shown)
    b.size(*SIZES["laptop"], "light")
    expect(said.startswith("Tap") and "keys" in b.run(shown), said)


@check("the button changes the theme")
def theme(b):
    paint = "getComputedStyle(document.body).backgroundColor"
    before = b.run(paint)
    b.run("document.querySelector('.theme').click()")
    after = b.run(paint)
    b.run("document.querySelector('.theme').click()")
    expect(before != after and b.run(paint) == before, f"{before} and {after}")


CONTRAST = """(() => {
    const parts = (c) => c.match(/[\\d.]+/g).map(Number);
    const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
        return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (node) => { for (let n = node; n; n = n.parentElement) {
        const c = parts(getComputedStyle(n).backgroundColor); if (c.length < 4 || c[3] > 0.99) return c; }
        return [255, 255, 255]; };
    const poor = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = walk.nextNode());) {
        const node = text.parentElement;
        if (!text.data.trim() || !node.checkVisibility() || node.closest('script, svg')) continue;
        const style = getComputedStyle(node);
        const [a, b] = [light(parts(style.color).slice(0, 3)), light(behind(node).slice(0, 3))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) poor.push(`${text.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
    }
    return poor;
})()"""


def layout(b, pictures):
    """No text is too pale and nothing sticks out, at every size in both themes."""
    for size, (width, height) in SIZES.items():
        for theme in ("light", "dark"):
            b.size(width, height, theme)
            wide = b.run("document.documentElement.scrollWidth")
            expect(wide <= width, f"{size}, {theme}: the page is {wide} pixels wide")
            poor = b.run(CONTRAST)
            expect(not poor, f"{size}, {theme}: too little contrast: {poor[:5]}")
            cut = b.run("""[...document.querySelectorAll('.panel-name, button, output, .ticks span, label')].filter((n) =>
                n.checkVisibility() && (n.scrollWidth > n.clientWidth + 2 && getComputedStyle(n).display !== 'inline'
                || n.getBoundingClientRect().right > innerWidth + 1)).map((n) => n.textContent.slice(0, 40))""")
            expect(not cut, f"{size}, {theme}: cut off: {cut[:5]}")
            if pictures:
                b.run("scrollTo(0, 0)")
                b.picture(pictures / f"{size}-{theme}.png", False)
                b.picture(pictures / f"{size}-{theme}-whole.png", True)
    print("ok  width, contrast and room at three sizes in two themes")


def main():
    page = Path(sys.argv[1])
    pictures = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    b = Browser()
    try:
        b.size(*SIZES["laptop"], "light")
        b.open(page)
        layout(b, pictures)
        b.size(*SIZES["laptop"], "light")
        for name, run in CHECKS:
            run(b)
            print(f"ok  {name}")
        foreign = [url for url in b.requests if not url.startswith(("file:", "data:", "blob:"))]
        expect(not foreign, f"the page asks for {foreign[:3]}")
        expect(not b.problems, f"the console says {b.problems[:3]}")
        print("ok  nothing asked of any network, nothing said in the console")
    except AssertionError as failure:
        print(f"failed: {failure}; the console: {b.problems[:3]}")
        sys.exit(1)
    finally:
        b.close()


if __name__ == "__main__":
    main()
