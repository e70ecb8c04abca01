/* Asks padgrad away from the page, which stays awake meanwhile. */

let padgrad = null;

self.onmessage = async ({ data: [number, what, more] }) => {
  try {
    if (what === "module") {
      padgrad = await Padgrad.from(more);
      self.postMessage([number, null, true]);
    } else {
      const begun = performance.now();
      const answer = padgrad.ask(what, more);
      self.postMessage([number, null, answer, performance.now() - begun]);
    }
  } catch (error) {
    self.postMessage([number, error.message]);
  }
};
