"use strict";

// --- charts: plotly.js lies in the page as gzip in base64, a third of its size ---

async function unpackPlotly() {
  const packed = atob(document.getElementById("plotly").textContent);
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
}

async function drawCharts() {
  await unpackPlotly();
  // Only these buttons: one that plotly.js has besides sends the data of a chart to a server.
  const modeBarButtons = [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]];
  const options = { responsive: true, displaylogo: false, modeBarButtons, plotlyServerURL: "" };
  const fingers = matchMedia("(pointer: coarse)").matches; // which drag to scroll the page
  for (const place of document.querySelectorAll(".chart")) {
    const { data, layout } = JSON.parse(place.nextElementSibling.textContent);
    if (fingers) layout.dragmode = false;
    place.replaceChildren();
    await Plotly.newPlot(place, data, layout, options);
  }
  document.documentElement.dataset.charts = "drawn";
}

// Paper is narrower than the window.
function fitCharts(printing) {
  for (const place of document.querySelectorAll(".js-plotly-plot")) {
    const width = place.closest(".wide") ? 670 : 310;
    Plotly.relayout(place, printing ? { width, autosize: false } : { width: null, autosize: true });
  }
}
addEventListener("beforeprint", () => fitCharts(true));
addEventListener("afterprint", () => fitCharts(false));

// --- figures: a click opens them in the size of the window, and larger ---

const viewer = document.getElementById("viewer");
const view = viewer.querySelector(".view");
const picture = view.querySelector("img");
const largest = 8;
let scale = 1; // of the size that fits the window

function show(wanted, x = view.clientWidth / 2, y = view.clientHeight / 2) {
  const grown = Math.min(Math.max(wanted, 1), largest) / scale;
  const left = (view.scrollLeft + x) * grown - x;
  const top = (view.scrollTop + y) * grown - y;
  scale *= grown;
  const fit = Math.min(view.clientWidth / picture.naturalWidth, view.clientHeight / picture.naturalHeight);
  picture.style.width = `${fit * scale * picture.naturalWidth}px`;
  view.scrollTo({ left, top, behavior: "instant" });
}

for (const button of document.querySelectorAll(".enlarge")) {
  button.addEventListener("click", () => {
    const small = button.querySelector("img");
    picture.src = small.src;
    picture.alt = small.alt;
    viewer.querySelector("h2").textContent = button.closest("figure").querySelector("figcaption").textContent;
    viewer.showModal();
    picture.decode().then(() => show(1));
    view.focus();
  });
}

const zooms = { in: () => show(scale * 1.5), out: () => show(scale / 1.5), fit: () => show(1) };
const keys = { "+": "in", "=": "in", "-": "out", 0: "fit" };
for (const button of viewer.querySelectorAll("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
viewer.querySelector("[data-close]").addEventListener("click", () => viewer.close());
viewer.addEventListener("keydown", (event) => zooms[keys[event.key]]?.());
picture.addEventListener("click", (event) => {
  const box = view.getBoundingClientRect();
  if (event.shiftKey) show(scale / 2, event.clientX - box.left, event.clientY - box.top);
  else show(scale * 2, event.clientX - box.left, event.clientY - box.top);
});
addEventListener("resize", () => viewer.open && show(scale));

drawCharts();
