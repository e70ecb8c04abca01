/* Scene 6: a signal of known strength, and which measure notices it. */

function measuresScene(helper) {
  const root = document.getElementById("measures");
  const said = root.querySelector(".said");
  const host = root.querySelector(".map-row");
  const body = root.querySelector("tbody");
  const strengths = [0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1];
  const signal = slider("strength of the signal", [0, strengths.length - 1, 1], 4, (i) => String(strengths[i]), ask);
  const images = slider("images", [40, 200, 20], 120, String, ask);
  root.querySelector(".controls").append(signal.node, images.node);
  const views = { planted: new MapView(host, "the signal"), mean: new MapView(host, "mean of D"), one: new MapView(host, "D of one image") };
  const bar = el("div", {});
  host.append(bar);
  const line = (name, rule) => {
    const cells = [el("td", {}), el("td", {})];
    body.append(el("tr", {}, el("th", { scope: "row" }, name, el("small", {}, rule)), ...cells));
    return (says, notices) => { cells[0].textContent = says; cells[1].textContent = notices; };
  };
  const rows = {
    eye: line("the eye: D of one image", "notices a correlation above 0.5"),
    mae: line("plain mean: MAE-PPP", "notices half as much again as chance"),
    ppp: line("PPP: nRMS and its test", "notices p up to 0.05"),
    read: line("PosENet: a readout trained to paint position", "notices 0.1 more than without a signal"),
  };
  let [busy, wanted, nothing] = [false, null, null];

  /* The latest wish alone is answered, however fast the slider moves. */
  async function ask() {
    wanted = { strength: strengths[signal.value], images: images.value };
    if (busy) return;
    busy = true;
    try {
      while (wanted) {
        const asked = wanted;
        wanted = null;
        show(asked, await helper.ask("plant", asked));
        if (wanted) continue;
        rows.read("is being trained …", "");
        if (!nothing) nothing = await helper.ask("plant-read", { strength: 0 });
        const read = await helper.ask("plant-read", { strength: asked.strength });
        if (!wanted) showRead(read);
      }
    } catch (error) {
      trouble(error);
    }
    busy = false;
  }

  function show(asked, found) {
    const scale = signed(Math.max(largest(found.mean), largest(found.planted), 1e-9));
    const own = signed(largest(found.one));
    views.planted.show(found.planted, scale, asked.strength === 0 ? "none" : "");
    views.mean.show(found.mean, scale, `over ${asked.images} images`);
    views.one.show(found.one, own);
    bar.replaceChildren(legend(scale, "in the signal and the mean"), legend(own, "in one image"));
    const likeness = alike(found.planted.values, found.one.values);
    rows.eye(`is like the signal with a correlation of ${likeness.toFixed(2)}`, likeness > 0.5 ? "yes" : "no");
    rows.mae(`${short(found.mae)}; chance alone would give ${short(found.floor)}`, found.mae > 1.5 * found.floor ? "yes" : "no");
    const [value, low, high] = found.nrms;
    rows.ppp(`${short(value)}, between ${short(low)} and ${short(high)}; p ${found.p < 0.001 ? "< 0.001" : `= ${found.p.toFixed(3)}`}`, found.p <= 0.05 ? "yes" : "no");
    said.textContent = asked.strength === 0
      ? `No signal is planted: whoever says “yes” now is wrong. MAE-PPP is ${short(found.mae)} all the same.`
      : `The signal has the strength ${asked.strength}; PPP says ${short(value)} and ${found.p <= 0.05 ? "notices it" : "does not notice it"}.`;
  }

  function showRead(read) {
    const mean = ({ spc }) => spc.slice(0, 2).reduce((sum, [, value]) => sum + value, 0) / 2;
    const [with_, without] = [mean(read), mean(nothing)];
    rows.read(`paints left–right and top–bottom with a rank correlation of ${with_.toFixed(2)}; without a signal ${without.toFixed(2)}`,
      with_ > without + 0.1 ? "yes" : "no");
  }

  function alike(a, b) {
    const mean = (v) => v.reduce((s, x) => s + x, 0) / v.length;
    const [ma, mb] = [mean(a), mean(b)];
    let [ab, aa, bb] = [0, 0, 0];
    a.forEach((x, i) => { ab += (x - ma) * (b[i] - mb); aa += (x - ma) ** 2; bb += (b[i] - mb) ** 2; });
    return aa && bb ? ab / Math.sqrt(aa * bb) : 0;
  }

  return ask;
}
