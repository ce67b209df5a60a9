"use strict";
(() => {
  const names = JSON.parse(document.getElementById("names").textContent);
  const shownSteps = 300;
  const mostPoints = 2000;
  const soft = "#5a5a5a", rule = "#dcdcdc", blue = "#00598c", red = "#b5482a";

  const whole = (number) => Math.round(number).toLocaleString("en");
  const short = (number) => (number === 0 ? "0" : Number(number.toPrecision(3)).toString());

  /** A canvas that is as fine as the screen. */
  function prepared(canvas) {
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "12px system-ui, sans-serif";
    return { context, width, height };
  }

  const edge = { left: 56, right: 10, top: 8, bottom: 22 };

  function axes({ context, width, height }, [x0, x1], [y0, y1], formatX, formatY) {
    const x = (v) => edge.left + ((v - x0) / (x1 - x0 || 1)) * (width - edge.left - edge.right);
    const y = (v) => height - edge.bottom - ((v - y0) / (y1 - y0 || 1)) * (height - edge.top - edge.bottom);
    context.strokeStyle = rule;
    context.fillStyle = soft;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const part of [0, 0.5, 1]) {
      const v = y0 + part * (y1 - y0);
      context.beginPath();
      context.moveTo(edge.left, y(v));
      context.lineTo(width - edge.right, y(v));
      context.stroke();
      context.fillText(formatY(v), edge.left - 6, y(v));
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillText(formatX(x0), edge.left, height - 6);
    context.textAlign = "right";
    context.fillText(formatX(x1), width - edge.right, height - 6);
    return { x, y };
  }

  function lines(canvas, points, keys, colours, low) {
    const area = prepared(canvas);
    let least = low === undefined ? Infinity : low, most = low === undefined ? -Infinity : low + 1e-9;
    for (const point of points) {
      for (const key of keys) {
        if (point[key] === null) continue;
        least = Math.min(least, point[key]);
        most = Math.max(most, point[key]);
      }
    }
    if (!points.length || !Number.isFinite(least)) return;
    if (most === least) most = least + 1;
    const format = most >= 1000 ? whole : short;
    const { x, y } = axes(area, [points[0].step, points[points.length - 1].step], [least, most], whole, format);
    keys.forEach((key, k) => {
      area.context.strokeStyle = colours[k];
      area.context.lineWidth = 1.5;
      area.context.beginPath();
      for (const point of points) if (point[key] !== null) area.context.lineTo(x(point.step), y(point[key]));
      area.context.stroke();
    });
    canvas.dataset.points = points.length;
  }

  /** @param height  of a bar, from a count; @param counted  its inverse, for the axis */
  function bars(canvas, { low, high, counts }, height = (count) => count, counted = (at) => at) {
    const area = prepared(canvas);
    const top = high > low ? high : low + 1;
    const scale = axes(area, [low, top], [0, height(Math.max(...counts, 1))], short, (at) => whole(counted(at)));
    const x = scale.x, y = (count) => scale.y(height(count));
    const width = (top - low) / counts.length;
    area.context.fillStyle = blue;
    counts.forEach((count, k) => {
      const left = x(low + k * width);
      area.context.fillRect(left, y(count), Math.max(x(low + (k + 1) * width) - left - 1, 1), y(0) - y(count));
    });
    canvas.dataset.counted = counts.reduce((a, b) => a + b, 0);
  }

  class Run {
    constructor(number, name) {
      this.number = number;
      this.version = -1;
      this.rows = [];
      this.points = [];
      this.rules = null;
      this.sent = new Map();
      const section = document.getElementById("run").content.cloneNode(true).firstElementChild;
      this.section = section;
      this.find = (selector) => section.querySelector(selector);
      section.id = `run-${number}`;
      this.find("[data-name]").textContent = name;
      for (const button of section.querySelectorAll("[data-do]")) {
        button.addEventListener("click", () => this.press(button.dataset.do));
      }
      document.getElementById("runs").append(section);
    }

    press(act) {
      if (act === "step") return this.ask({ act, steps: Math.max(1, Math.floor(this.find("[data-steps]").valueAsNumber || 1)) });
      if (act !== "noise") return this.ask({ act });
      const sigma = this.find("[data-sigma]").valueAsNumber;
      if (Number.isNaN(sigma)) return this.tell("Noise: give a number");
      return this.ask({ act, sigma });
    }

    tell(problem) { this.find("[data-problem]").textContent = problem; }

    async ask(act) {
      this.tell("");
      try {
        const answer = await fetch("acts", {
          method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ run: this.number, ...act }),
        });
        const { n, problem } = await answer.json();
        if (problem) this.tell(problem); else this.sent.set(n, act);
      } catch {
        this.tell("The watcher did not answer.");
      }
    }

    take({ version, silent, frame }) {
      if (frame) {
        this.version = version;
        if (this.frame && frame.done < this.frame.done) {  // another run with the same file
          this.rows = [];
          this.points = [];
        }
        this.frame = frame;
        this.keep(frame);
        this.show(frame);
      }
      if (this.frame) this.showState(this.frame, silent);
    }

    keep(frame) {
      const { first, steps, units, row_bytes: bytes, bits } = frame.raster;
      const data = steps ? Uint8Array.from(atob(bits), (c) => c.charCodeAt(0)) : [];
      let last = this.rows.length ? this.rows[this.rows.length - 1].step : null;
      for (let k = 0; k < steps; ++k) {
        const step = first + k;
        if (last !== null && step <= last) continue;
        if (last !== null && step !== last + 1) this.rows.push({ step: null });
        this.rows.push({ step, row: data.subarray(k * bytes, (k + 1) * bytes) });
        last = step;
      }
      this.units = units;
      this.rows.splice(0, Math.max(0, this.rows.length - shownSteps));
      const threshold = frame.thresholds ? frame.thresholds.mean : null;
      const { step, rate_e, rate_i, ee } = frame;
      const before = this.points[this.points.length - 1];
      if (!before || before.step < step) this.points.push({ step, rate_e, rate_i, ee, threshold });
      if (this.points.length > mostPoints) this.points = this.points.filter((_, k) => k % 2 === 1);
    }

    show(frame) {
      this.find("[data-facts]").hidden = false;
      const fact = (name, text) => { this.find(`[data-fact=${name}]`).textContent = text; };
      fact("done", whole(frame.done));
      fact("wanted", `of ${whole(frame.wanted)}`);
      fact("speed", frame.state === "running" ? whole(frame.steps_per_second) : "–");
      if (frame.rate_e !== null) fact("rate_e", short(frame.rate_e));
      if (frame.rate_i !== null) fact("rate_i", short(frame.rate_i));
      fact("ee", whole(frame.ee));
      fact("density", `${short((100 * frame.ee) / Math.max(1, frame.ne * (frame.ne - 1)))}% of all pairs`);
      if (frame.thresholds) fact("threshold", short(frame.thresholds.mean));
      this.find("[data-progress]").style.width = `${(100 * frame.done) / frame.wanted}%`;
      this.raster();
      lines(this.find("[data-chart=rates]"), this.points, ["rate_e", "rate_i"], [blue, red], 0);
      lines(this.find("[data-chart=connections]"), this.points, ["ee"], [blue]);
      if (frame.thresholds) bars(this.find("[data-chart=thresholds]"), frame.thresholds.histogram);
      if (frame.weights) bars(this.find("[data-chart=weights]"), frame.weights.histogram, Math.log1p, Math.expm1);
      this.showRules(frame);
      this.showLog(frame);
      for (const { n, problem } of frame.answers) {
        const act = this.sent.get(n);
        if (!act) continue;
        this.sent.delete(n);
        if (problem) this.tell(problem);
      }
    }

    raster() {
      const canvas = this.find("[data-chart=raster]");
      const columns = this.rows.length, units = this.units;
      if (!columns) return;
      const image = new ImageData(shownSteps, units);
      let spikes = 0;
      this.rows.forEach(({ step, row }, column) => {
        for (let unit = 0; unit < units; ++unit) {
          const at = 4 * ((units - 1 - unit) * shownSteps + column);
          if (step === null) {
            image.data.fill(200, at, at + 3);
          } else if (row[unit >> 3] >> (unit & 7) & 1) {
            ++spikes;
          } else {
            continue;
          }
          image.data[at + 3] = 255;
        }
      });
      this.picture ??= document.createElement("canvas");
      this.picture.width = shownSteps;
      this.picture.height = units;
      this.picture.getContext("2d").putImageData(image, 0, 0);
      const { context, width, height } = prepared(canvas);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.picture, edge.left, edge.top, width - edge.left - edge.right, height - edge.top - edge.bottom);
      context.strokeStyle = rule;
      context.strokeRect(edge.left, edge.top, width - edge.left - edge.right, height - edge.top - edge.bottom);
      context.fillStyle = soft;
      context.textAlign = "right";
      context.fillText("unit", edge.left - 6, edge.top + 10);
      const steps = this.rows.filter(({ step }) => step !== null);
      const ends = [steps[0].step, steps[steps.length - 1].step];
      context.fillText(`step ${whole(ends[1])}`, width - edge.right, height - 6);
      context.textAlign = "left";
      context.fillText(`step ${whole(ends[0])}`, edge.left, height - 6);
      canvas.dataset.spikes = spikes;
      const { distance } = this.frame.raster;
      this.find("[data-note=raster]").textContent = distance > 1 ? `(every ${distance}th unit)` : "";
    }

    showRules(frame) {
      const key = JSON.stringify(frame.rules);
      const place = this.find("[data-rules]");
      if (this.rules !== key) {
        this.rules = key;
        place.replaceChildren(...frame.rules.map((name) => {
          const label = document.createElement("label");
          const box = Object.assign(document.createElement("input"), { type: "checkbox", value: name });
          box.addEventListener("change", () => this.ask({ act: box.checked ? "unfreeze" : "freeze", rule: name }));
          label.append(box, name);
          return label;
        }));
        if (frame.noise !== null) this.find("[data-sigma]").value = frame.noise;
        for (const part of this.section.querySelectorAll("[data-noise-part]")) part.hidden = frame.noise === null;
      }
      const all = new Set(frame.frozen);
      const groups = { ssee: "ss", ssei: "ss" };
      for (const box of place.querySelectorAll("input")) {
        const group = all.has(groups[box.value]) && groups[box.value];
        box.checked = !all.has(box.value) && !group;
        box.disabled = Boolean(group) || frame.phase !== "plasticity" || frame.state === "ended" || frame.state === "stopped";
      }
    }

    showLog(frame) {
      const words = ({ step, act, steps, rule: name, sigma }) =>
        `after step ${whole(step)}: ${[act, steps, name, sigma].filter((part) => part !== undefined).join(" ")}`;
      this.find("[data-log-note]").textContent = frame.log_size
        ? `${whole(frame.log_size)} ${frame.log_size === 1 ? "act" : "acts"}; the noise is ${frame.noise ?? "replayed"}. The result file has the log.`
        : "Nothing was done to the run yet.";
      const key = JSON.stringify(frame.log);
      if (this.log === key) return;
      this.log = key;
      const list = this.find("[data-log]");
      list.start = frame.log_size - frame.log.length + 1;
      list.replaceChildren(...frame.log.map((act) => Object.assign(document.createElement("li"), { textContent: words(act) })));
    }

    showState(frame, silent) {
      const state = silent ? "silent" : frame.state;
      const over = state === "ended" || state === "stopped";
      Object.assign(this.section.dataset, { state, step: frame.step });
      const stories = {
        running: "The run goes on.",
        paused: `The run waits after step ${whole(frame.step)}.`,
        ended: "The run has come to its end.",
        stopped: `The run was stopped after step ${whole(frame.step)}.`,
        silent: "The run has shown nothing for some seconds: it was ended, or its steps take long.",
      };
      this.find("[data-story]").textContent = stories[state];
      this.find("[data-controls]").hidden = over;
      this.find("[data-do=pause]").disabled = state === "paused";
      for (const act of ["continue", "step"]) this.find(`[data-do=${act}]`).disabled = state !== "paused";
    }
  }

  const runs = names.map((name, number) => new Run(number, name));

  async function look() {
    const lost = document.getElementById("connection");
    let wait = document.hidden ? 1000 : 100;
    try {
      const answer = await fetch(`frames?seen=${runs.map((run) => run.version).join(",")}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const document_ = await answer.json();
      document_.runs.forEach((news, number) => runs[number].take(news));
      lost.hidden = true;
    } catch (error) {
      lost.hidden = false;
      wait = 2000;
      if (!(error instanceof TypeError)) console.error(error);
    }
    setTimeout(look, wait);
  }
  look();
})();
