"use strict";
/* padgrad itself, as WebAssembly: what is asked and what it answers is JSON. */

class Padgrad {
  static async from(module) {
    return new Padgrad((await WebAssembly.instantiate(module, {})).exports);
  }

  constructor(exports) {
    this.exports = exports;
  }

  ask(what, more) {
    const { memory, request, answer, answered } = this.exports;
    const asked = new TextEncoder().encode(JSON.stringify({ ask: what, ...more }));
    const place = request(asked.length);
    new Uint8Array(memory.buffer, place, asked.length).set(asked);
    const length = answer();
    const told = new TextDecoder().decode(new Uint8Array(memory.buffer, answered(), length));
    const found = JSON.parse(told);
    if (found && found.error) throw new Error(found.error);
    return found;
  }
}
