// Asks the committed module what the native tests ask the library with its scalar kernels, and compares every number to
// 1e-5: node .ci/lesson-answers.mjs
import { readFile } from "node:fs/promises";

const NEAR = 1e-5;
const folder = new URL("../src/", import.meta.url);
const kept = JSON.parse(await readFile(new URL("lesson/answers.json", folder), "utf8"));
const module = await WebAssembly.compile(await readFile(new URL("report/lesson/padgrad.wasm", folder)));
const engine = await readFile(new URL("report/lesson/engine.js", folder), "utf8");
const Padgrad = new Function(`${engine}; return Padgrad;`)();
const padgrad = await Padgrad.from(module);

let compared = 0;
let furthest = 0;
function compare(a, b, place) {
  if (typeof a === "number" && typeof b === "number") {
    const far = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), 1);
    if (!(far <= NEAR)) throw new Error(`${place}: ${a} where the scalar kernels give ${b}`);
    compared += 1;
    furthest = Math.max(furthest, far);
  } else if (a !== null && typeof a === "object" && b !== null && typeof b === "object") {
    const keys = Object.keys(a);
    if (keys.join() !== Object.keys(b).join()) throw new Error(`${place}: ${keys} where there should be ${Object.keys(b)}`);
    for (const key of keys) compare(a[key], b[key], `${place}/${key}`);
  } else if (a !== b) {
    throw new Error(`${place}: ${a} where there should be ${b}`);
  }
}

for (const { request, answer } of kept) {
  const { ask, ...more } = request;
  compare(padgrad.ask(ask, more), answer, ask);
}
console.log(`ok  ${kept.length} answers, ${compared} numbers, the furthest off by ${furthest.toExponential(1)}`);
