// Draws every chart of the page from the Vega-Lite beside it. `ast` makes Vega interpret its expressions, so the
// page needs no permission to run made-up code; styles come from site.css.
"use strict";

const drawn = new Map();

async function drawCharts() {
  for (const figure of document.querySelectorAll("[data-chart]")) {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const place = figure.querySelector(".plot");
    const { view } = await vegaEmbed(place, spec, {
      ast: true,
      actions: false,
      renderer: "svg",
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
    });
    drawn.set(figure.id, view);
    figure.dataset.drawn = "yes";
  }
}

// New readings go into the chart that is there; what has left the last 24 hours goes out.
function addReadings(id, readings) {
  const view = drawn.get(id);
  if (!view || readings.length === 0) return;
  const oldest = readings[readings.length - 1].t - 24 * 3600 * 1000;
  view.change("readings", vega.changeset().insert(readings).remove((row) => row.t < oldest)).runAsync();
}

drawCharts();
