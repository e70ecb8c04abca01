"""Opens the page that computes in headless Chromium and uses every scene; anything that fails is an error."""

import json
import re
import sys
import time
from pathlib import Path

from browser import CONTRAST, SIZES, Browser, expect

CHECKS = []


def check(name):
    def keep(run):
        CHECKS.append((name, run))
        return run
    return keep


def said(b, scene, which=".said"):
    return b.run(f"document.querySelector('#{scene} {which}').textContent")


def wait(b, script, what, seconds=120):
    deadline = time.time() + seconds
    while not b.run(f"Boolean({script})"):
        expect(time.time() < deadline, f"{what}: {b.run('document.getElementById(`trouble`).textContent')}")
        time.sleep(0.1)


def visit(b, scene):
    b.run(f"document.getElementById('{scene}').scrollIntoView()")
    wait(b, f"""(() => {{ const told = document.querySelector('#{scene} .said');
        return document.querySelector('#{scene} canvas, #{scene} form') && (!told || told.textContent); }})()""", f"{scene} comes to life")


def settle(b):
    b.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))")


def choose(b, scene, label, value):
    done = b.run(f"""(() => {{
        const selects = [...document.querySelectorAll('#{scene} select')];
        const select = selects.find((s) => s.parentNode.textContent.startsWith({json.dumps(label)}));
        select.value = {json.dumps(value)};
        select.dispatchEvent(new Event('change'));
        return select.value === {json.dumps(value)}; }})()""")
    expect(done, f"{scene}: {label} has no {value}")
    settle(b)


def slide(b, scene, label, value):
    b.run(f"""(() => {{ const input = document.querySelector('#{scene} input[aria-label={json.dumps(label)}]');
        input.value = {value}; input.dispatchEvent(new Event('input')); }})()""")
    settle(b)


def press_button(b, scene, words):
    b.run(f"""[...document.querySelectorAll('#{scene} button')].find((n) => n.textContent.includes({json.dumps(words)})).click()""")
    settle(b)


def key(b, name):
    codes = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, "Enter": 13, " ": 32, "Tab": 9}
    for kind in ("keyDown", "keyUp"):
        b.call("Input.dispatchKeyEvent", type=kind, key=name, code="Space" if name == " " else name,
               windowsVirtualKeyCode=codes[name])
    settle(b)


def mouse(b, kind, x, y):
    b.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)


def pixels(b, scene):
    return b.run(f"[...document.querySelectorAll('#{scene} canvas')].map((c) => c.toDataURL())")


@check("the edge: move, paint, kernel, padding, a picture dropped")
def edge(b):
    visit(b, "edge")
    expect("92 of 576" in said(b, "edge"), said(b, "edge"))
    before = pixels(b, "edge")
    b.run("document.querySelector('#edge .picture').focus()")
    key(b, "ArrowRight")
    moved = pixels(b, "edge")
    expect(all(a != c for a, c in zip(before[:6], moved[:6])), "everything answers when the window moves")
    box = b.run("(() => { const r = document.querySelector('#edge .picture').getBoundingClientRect(); return [r.left, r.top, r.width]; })()")
    at = lambda share: (box[0] + box[2] * share, box[1] + box[2] * share)
    mouse(b, "mousePressed", *at(0.35))
    mouse(b, "mouseMoved", *at(0.6))
    mouse(b, "mouseReleased", *at(0.6))
    settle(b)
    dragged = pixels(b, "edge")
    expect(dragged[0] != moved[0] and dragged[5] != moved[5], "the window is dragged")
    choose(b, "edge", "tool", "paint")
    mouse(b, "mousePressed", *at(0.5))
    mouse(b, "mouseReleased", *at(0.5))
    settle(b)
    expect(pixels(b, "edge")[1] != dragged[1], "paint shows in the window")
    for padding in ["reflect", "circular", "randn", "partial"]:
        choose(b, "edge", "padding", padding)
        expect("all on the border" in said(b, "edge"), f"{padding}: {said(b, 'edge')}")
    choose(b, "edge", "padding", "valid")
    expect("exactly 0 at all 484" in said(b, "edge"), said(b, "edge"))
    press_button(b, "edge", "blank")
    choose(b, "edge", "padding", "zeros")
    expect("guesses right" in said(b, "edge"), said(b, "edge"))
    # A picture with a white left half, dropped.
    b.run("""(async () => {
        const c = document.createElement('canvas'); c.width = c.height = 100;
        const pen = c.getContext('2d'); pen.fillStyle = '#fff'; pen.fillRect(0, 0, 50, 100);
        const blob = await new Promise((done) => c.toBlob(done));
        const data = new DataTransfer(); data.items.add(new File([blob], 'half.png', {type: 'image/png'}));
        document.querySelector('#edge .picture').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
    })()""")
    wait(b, "document.querySelector('#edge .said').textContent.includes('92 of 576')", "the dropped picture is used")
    b.run("""(() => { const data = new DataTransfer(); data.items.add(new File(['no'], 'no.txt', {type: 'text/plain'}));
        document.querySelector('#edge .picture').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); })()""")
    wait(b, "document.querySelector('#edge .said').textContent.includes('no picture')", "what is no picture is refused")
    press_button(b, "edge", "landscape")
    choose(b, "edge", "tool", "move the window")


@check("deeper: the ring grows to the reach, and one size in four is even for two strides")
def deeper(b):
    visit(b, "deeper")
    for layers in range(1, 7):
        slide(b, "deeper", "layers", layers)
        touched = 24 * 24 - (24 - 2 * layers) ** 2
        expect(f"{touched} of 576" in said(b, "deeper"), f"{layers} layers: {said(b, 'deeper')}")
        expect("Inside the frames D is exactly 0." in said(b, "deeper"), said(b, "deeper"))
    slide(b, "deeper", "layers", 2)
    b.run("document.querySelectorAll('#deeper .strides button').forEach((n) => n.click())")
    settle(b)
    for size in range(20, 26):
        slide(b, "deeper", "input size", size)
        expect(("even in every layer" in said(b, "deeper")) == (size % 4 == 1), f"{size}: {said(b, 'deeper')}")
    choose(b, "deeper", "padding", "valid")
    expect("Nothing is padded" in said(b, "deeper"), said(b, "deeper"))
    slide(b, "deeper", "layers", 6)
    slide(b, "deeper", "input size", 9)
    expect("conv" in said(b, "deeper"), f"too small an image is explained: {said(b, 'deeper')}")
    slide(b, "deeper", "input size", 24)
    slide(b, "deeper", "layers", 3)
    choose(b, "deeper", "padding", "zeros")


@check("gradients: corner, middle, a key; every planted mistake is found")
def gradients(b):
    visit(b, "gradients")
    settle(b)
    said_of = lambda: said(b, "gradients", ".flow-said")
    expect("56% arrives under zeros, 100% under reflect" in said_of(), said_of())
    press_button(b, "gradients", "middle")
    expect("100% arrives under zeros" in said_of() and "row 5, column 5" in said_of(), said_of())
    b.run("document.querySelector('#gradients .flows canvas').focus()")
    key(b, "ArrowRight")
    key(b, "Enter")
    expect("row 0, column 1" in said_of(), said_of())
    checked = lambda: said(b, "gradients", ".check-said")
    expect(checked().startswith("Passed"), checked())
    mistakes = b.run("[...document.querySelectorAll('#gradients .check-controls select')][1].length")
    expect(mistakes == 5, f"{mistakes} mistakes")
    for mistake in ["dropped", "copied", "swapped", "column off"]:
        name = b.run(f"[...document.querySelectorAll('#gradients option')].find((o) => o.value.includes({json.dumps(mistake)})).value")
        choose(b, "gradients", "mistake", name)
        expect(checked().startswith("Failed"), f"{mistake}: {checked()}")
        expect(("near the border alone" in checked()) == (mistake != "swapped"), f"{mistake}: {checked()}")


@check("the average: play runs, the pattern stays, the control is exactly 0")
def average(b):
    visit(b, "average")
    wait(b, "document.querySelector('#average .said').textContent.includes('image')", "the first image")
    images = "Number((/(\\d+) images/.exec(document.querySelector('#average .said').textContent) || [0, 0])[1])"
    press_button(b, "average", "ten more")
    wait(b, f"{images} >= 11", "ten more")
    press_button(b, "average", "Play")
    wait(b, f"{images} > 60", "images stream by")
    press_button(b, "average", "Pause")
    text = said(b, "average")
    expect("so far is exactly 0" in text, text)
    size, chance = [float(v) for v in re.search(r"size ([\d.e-]+); chance alone would leave ([\d.e-]+)\.", text).groups()]
    expect(size > 3 * chance, f"the pattern stays: {text}")


@check("training: a guess is drawn, two networks learn, valid stays at exactly 0")
def training(b):
    visit(b, "training")
    wait(b, "document.querySelector('#training .said').textContent.includes('after 0 steps')", "two fresh networks")
    chart = "document.querySelector('#training svg.guess')"
    b.run(f"{chart}.scrollIntoView({{block: 'center'}})")
    box = b.run(f"(() => {{ const r = {chart}.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; }})()")
    mouse(b, "mousePressed", box[0] + 0.15 * box[2], box[1] + 0.7 * box[3])
    for i in range(1, 9):
        mouse(b, "mouseMoved", box[0] + (0.15 + 0.1 * i) * box[2], box[1] + (0.7 - 0.05 * i) * box[3])
    mouse(b, "mouseReleased", box[0] + 0.95 * box[2], box[1] + 0.3 * box[3])
    guess = b.run("document.querySelector('#training polyline.guessed').getAttribute('points').split(' ').length")
    expect(guess > 30, f"a guess of {guess} points")
    press_button(b, "training", "Play")
    wait(b, "Number(/after (\\d+) steps/.exec(document.querySelector('#training .said').textContent)[1]) >= 30", "thirty steps", 300)
    press_button(b, "training", "Pause")
    text = said(b, "training")
    expect("Under valid PPP at layer 3 is exactly 0" in text, text)
    told = b.run("[...document.querySelectorAll('#training .two .readout')].map((n) => n.textContent)")
    print(f"    {told}")
    expect(all("loss" in line for line in told), told)


@check("which measure: a strong signal is noticed by all, and none by PPP where there is none")
def measures(b):
    visit(b, "measures")
    row = lambda n: b.run(f"document.querySelectorAll('#measures tbody tr')[{n}].lastChild.textContent")
    done = "!document.querySelectorAll('#measures tbody tr')[3].textContent.includes('trained …') && document.querySelectorAll('#measures tbody tr')[3].lastChild.textContent !== ''"
    wait(b, done, "the readout is trained")
    slide(b, "measures", "strength of the signal", 0)
    wait(b, f"document.querySelector('#measures .said').textContent.includes('No signal') && {done}", "no signal")
    expect(row(2) == "no" and row(3) == "no", [row(n) for n in range(4)])
    slide(b, "measures", "strength of the signal", 12)
    wait(b, f"document.querySelector('#measures .said').textContent.includes('strength 1') && {done}", "a strong signal")
    expect([row(n) for n in range(4)] == ["yes"] * 4, [row(n) for n in range(4)])


@check("questions: wrong answers are told from right ones")
def questions(b):
    visit(b, "questions")
    for number, (wrong, right) in enumerate([("96", "92"), ("300", "204"), ("24", "25")]):
        for answer, expected in [(wrong, "false"), (right, "true")]:
            found = b.run(f"""(() => {{ const form = document.querySelectorAll('#questions form')[{number}];
                form.querySelector('input').value = '{answer}'; form.requestSubmit();
                return form.parentNode.querySelector('.told').dataset.right; }})()""")
            expect(found == expected, f"question {number}: {answer} is {found}")
    for number, rights in [(3, [False, True, False]), (4, [True, False, False])]:
        for option, right in enumerate(rights):
            found = b.run(f"""(() => {{ const form = document.querySelectorAll('#questions form')[{number}];
                form.querySelectorAll('input')[{option}].click(); form.requestSubmit();
                return form.parentNode.querySelector('.told').dataset.right; }})()""")
            expect(found == str(right).lower(), f"question {number}: option {option} is {found}")


@check("every slider's answer is timed")
def answers(b):
    times = b.run("""(async () => {
        const module = await WebAssembly.compile(bytesOf(textOf('padgrad')));
        const padgrad = await Padgrad.from(module);
        const time = (what, more) => { padgrad.ask(what, more); const all = [];
            for (let i = 0; i < 5; i += 1) { const t = performance.now(); padgrad.ask(what, more); all.push(performance.now() - t); }
            return all.sort((a, b) => a - b)[2]; };
        return { edge: time('edge', {picture: padgrad.ask('picture', {index: 1, side: 64}), top: 4, left: 4, side: 24, kernel: Array(9).fill(1), padding: 'zeros'}),
            deeper: time('deeper', {side: 48, strides: [1, 1, 1, 1, 1, 1], padding: 'zeros'}),
            gradient: time('gradient', {side: 11, at: [0, 0], depth: 3, kernel: Array(9).fill(1), paddings: FLOWS}),
            gradcheck: time('gradcheck', {padding: 'reflect', broken: null}),
            plant: time('plant', {strength: 0.1, images: 40}) }; })()""")
    print("    " + ", ".join(f"{what} {ms:.0f} ms" for what, ms in times.items()))


@check("the keyboard reaches every control, and the focus is seen")
def keyboard(b):
    b.run("document.querySelector('.theme').focus()")
    seen = set()
    for _ in range(160):
        key(b, "Tab")
        found = b.run("""(() => { const n = document.activeElement; if (!n || n === document.body) return null;
            const s = getComputedStyle(n); return [n.closest('section')?.id || 'header', s.outlineStyle !== 'none' || s.boxShadow !== 'none']; })()""")
        if found is None:
            break
        expect(found[1], f"the focus in {found[0]} is not seen")
        seen.add(found[0])
    expect({"edge", "deeper", "gradients", "average", "training", "measures", "questions"} <= seen, seen)


def layout(b, pictures):
    for size, (width, height) in SIZES.items():
        for theme in ("light", "dark"):
            b.size(width, height, theme)
            settle(b)
            wide = b.run("document.documentElement.scrollWidth")
            beyond = b.run(f"""[...document.querySelectorAll('main *')].filter((n) => n.getBoundingClientRect().right > {width} + 1
                && !n.closest('.scroll')).map((n) => `${{n.closest('section')?.id}} ${{n.tagName}} ${{n.textContent.slice(0, 30)}}`)""")
            expect(wide <= width, f"{size}, {theme}: the page is {wide} pixels wide: {beyond[:5]}")
            poor = b.run(CONTRAST)
            expect(not poor, f"{size}, {theme}: too little contrast: {poor[:5]}")
            cut = b.run("""[...document.querySelectorAll('.panel-name, button, output, label, select, td, th')].filter((n) =>
                n.checkVisibility() && (n.scrollWidth > n.clientWidth + 2 && getComputedStyle(n).display !== 'inline'
                || n.getBoundingClientRect().right > innerWidth + 1) && !n.closest('.scroll')).map((n) => n.textContent.slice(0, 40))""")
            expect(not cut, f"{size}, {theme}: cut off: {cut[:5]}")
            if pictures:
                for scene in ["edge", "deeper", "gradients", "average", "training", "measures", "questions", "teacher"]:
                    b.run(f"document.getElementById('{scene}').scrollIntoView()")
                    b.picture(pictures / f"{size}-{theme}-{scene}.png", False)
                b.run("scrollTo(0, 0)")
                b.picture(pictures / f"{size}-{theme}-first.png", False)
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
        for name, run in CHECKS:
            run(b)
            print(f"ok  {name}", flush=True)
        layout(b, pictures)
        outside = [url for url in b.requests if not url.startswith(("file:", "data:", "blob:"))]
        expect(not outside, f"asked for {outside[:3]}")
        expect(not b.problems, b.problems[:3])
        expect(b.run("document.getElementById('trouble').hidden"), "no trouble is told")
        print("ok  nothing asked of any network, nothing said in the console")
    except AssertionError as failure:
        print(f"failed: {failure}; the console: {b.problems[:3]}")
        sys.exit(1)
    finally:
        b.close()


if __name__ == "__main__":
    main()
