// The page of the living network: it draws what the engine computes, which is compiled to WebAssembly.
"use strict";

const livingPage = async (root) => {
  const engine = await livingNetwork();
  const call = (name, result, ...kinds) => engine.cwrap(`network_${name}`, result, kinds);
  const network = {
    make: call("new", "number", "number", "number"),
    set: call("set", "number", "string", "number"),
    get: call("get", "number", "string"),
    noise: call("noise", null, "number"),
    freeze: call("freeze", "number", "string", "number"),
    run: call("run", "number", "number"),
    spikes: call("spikes", "number"),
    traces: call("traces", "number"),
    weights: call("weights", "number"),
    bins: call("weight_bins", "number"),
    step: call("step", "number"),
    hash: call("hash", "string"),
    error: call("error", "string"),
  };

  const UNITS = 200;
  const SHOWN = 400; // steps of the raster and the traces
  const WEIGHTS_EVERY = 4; // frames

  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const surface = (name) => part(name).getContext("2d");
  const message = (text) => {
    part("message").textContent = text;
  };
  const must = (done) => {
    message(done ? "" : network.error());
    return Boolean(done);
  };

  // What is drawn, of the last SHOWN steps.
  let raster = new Uint8Array(SHOWN * UNITS);
  let traces = new Float32Array(SHOWN * 3);
  let running = false;
  let frames = 0;

  const style = () => {
    const of = getComputedStyle(root);
    return { ink: of.getPropertyValue("--living-ink"), paper: of.getPropertyValue("--living-paper") };
  };

  const colour = (text) => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = text.trim();
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };

  const pixels = (context, width, height, ink, paper, share) => {
    const image = context.createImageData(width, height);
    for (let k = 0; k < width * height; ++k) {
      const amount = share(k);
      for (let c = 0; c < 3; ++c) image.data[4 * k + c] = paper[c] + amount * (ink[c] - paper[c]);
      image.data[4 * k + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  };

  const drawRaster = (ink, paper) => {
    pixels(surface("raster"), SHOWN, UNITS, ink, paper, (k) => raster[(k % SHOWN) * UNITS + Math.floor(k / SHOWN)]);
  };

  const drawTrace = (name, column, most, ink) => {
    const canvas = part(name);
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let t = 0; t < SHOWN; ++t) {
      const y = canvas.height - 2 - (canvas.height - 4) * Math.min(traces[3 * t + column] / most, 1);
      if (t === 0) context.moveTo(0, y);
      else context.lineTo((t * canvas.width) / SHOWN, y);
    }
    context.stroke();
  };

  const drawWeights = (ink, paper, inkText) => {
    const values = new Float32Array(engine.HEAPF32.buffer, network.weights(), UNITS * UNITS);
    pixels(surface("weights"), UNITS, UNITS, ink, paper, (k) => Math.min(1, Math.sqrt(4 * values[k])));
    const bins = new Uint32Array(engine.HEAPU32.buffer, network.bins(), 60);
    const canvas = part("histogram");
    const context = canvas.getContext("2d");
    const most = Math.max(1, ...bins);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = inkText;
    const width = canvas.width / bins.length;
    bins.forEach((count, k) => {
      const height = (canvas.height * count) / most;
      context.fillRect(k * width, canvas.height - height, width - 1, height);
    });
  };

  const draw = () => {
    const { ink, paper } = style();
    const inkRgb = colour(ink);
    const paperRgb = colour(paper);
    drawRaster(inkRgb, paperRgb);
    drawTrace("activity", 0, 0.5, ink);
    const most = Math.max(1, ...traces.filter((_, k) => k % 3 === 2)) * 1.1;
    drawTrace("synapses", 2, most, ink);
    if (frames % WEIGHTS_EVERY === 0 || !running) drawWeights(inkRgb, paperRgb, ink);
    const last = 3 * (SHOWN - 1);
    part("step").textContent = network.step().toLocaleString("en");
    part("rate").textContent = traces[last].toFixed(3);
    part("count").textContent = traces[last + 2].toLocaleString("en");
  };

  /** Runs some steps, and moves them into what is drawn. */
  const run = (steps) => {
    if (!must(network.run(steps))) return false;
    const kept = Math.min(steps, SHOWN);
    const spikes = new Uint8Array(engine.HEAPU8.buffer, network.spikes(), steps * UNITS);
    const numbers = new Float32Array(engine.HEAPF32.buffer, network.traces(), steps * 3);
    raster.copyWithin(0, kept * UNITS);
    raster.set(spikes.subarray((steps - kept) * UNITS), (SHOWN - kept) * UNITS);
    traces.copyWithin(0, kept * 3);
    traces.set(numbers.subarray((steps - kept) * 3), (SHOWN - kept) * 3);
    return true;
  };

  const sliders = [...root.querySelectorAll("input[data-set]")];
  const rules = [...root.querySelectorAll("input[data-freeze]")];
  const shown = (value) => Number(value.toPrecision(3)).toString();

  /** The value of a slider: most go in powers of ten, from 0 at the left end. */
  const valueOf = (slider) => {
    const place = Number(slider.value) / Number(slider.max);
    const most = Number(slider.dataset.most);
    return place === 0 ? 0 : most * 10 ** (3 * (place - 1));
  };
  const place = (slider, value) => {
    const most = Number(slider.dataset.most);
    const at = value <= 0 ? 0 : Math.max(0, 1 + Math.log10(value / most) / 3);
    slider.value = String(Math.round(at * Number(slider.max)));
  };
  const apply = (slider) => {
    const value = valueOf(slider);
    slider.nextElementSibling.textContent = shown(value);
    if (slider.dataset.set === "noise") network.noise(value);
    else must(network.set(slider.dataset.set, value));
  };

  const restart = () => {
    const seed = Number(part("seed").value);
    if (!Number.isInteger(seed) || seed < 0 || seed > 2 ** 53) {
      message("A seed is a whole number from 0 on.");
      return false;
    }
    if (!must(network.make(UNITS, seed))) return false;
    raster.fill(0);
    traces.fill(0);
    for (const slider of sliders) {
      const value = network.get(slider.dataset.set === "noise" ? "noise_sigma" : slider.dataset.set);
      place(slider, value);
      slider.nextElementSibling.textContent = shown(value);
    }
    for (const rule of rules) {
      rule.checked = false;
      network.freeze(rule.dataset.freeze, 0);
    }
    draw();
    return true;
  };

  let begin = 0;
  let since = 0;
  const frame = (now) => {
    if (!running) return;
    if (!run(Number(part("speed").value))) {
      toggle();
      return;
    }
    frames += 1;
    draw();
    if (frames - since === 30) {
      const pace = 30000 / (now - begin);
      part("pace").textContent = `${pace.toFixed(0)} frames a second`;
      root.dataset.pace = String(pace);
      begin = now;
      since = frames;
    }
    requestAnimationFrame(frame);
  };
  const toggle = () => {
    running = !running;
    part("run").textContent = running ? "Pause" : "Run";
    if (!running) return;
    since = frames;
    begin = performance.now();
    requestAnimationFrame(frame);
  };

  part("run").addEventListener("click", toggle);
  part("one").addEventListener("click", () => {
    if (running) toggle();
    if (run(1)) draw();
  });
  part("restart").addEventListener("click", restart);
  for (const slider of sliders) slider.addEventListener("input", () => apply(slider));
  for (const rule of rules) {
    rule.addEventListener("change", () => must(network.freeze(rule.dataset.freeze, rule.checked ? 1 : 0)));
  }
  part("hash").addEventListener("click", () => {
    message(`After ${network.step().toLocaleString("en")} steps: ${network.hash()}`);
  });
  restart();
  root.dataset.ready = "yes";
  root.network = network; // for whoever wants to look from the console
};

document.addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector(".living");
  if (!root) return;
  const fail = (error) => {
    root.querySelector('[data-part="message"]').textContent = `The network cannot run here: ${error}`;
  };
  if (typeof livingNetwork === "undefined") fail("it was not compiled when this page was made (scripts/web.sh does it).");
  else livingPage(root).catch(fail);
});
