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
    drawn.set(figure.id, { view, shown: spec.datasets.readings && spec.usermeta?.shown });
    figure.dataset.drawn = "yes";
  }
}

// New readings go into a chart that draws them; what has left the time that it shows goes out. The bundle leaves `vega`
// null, so there is no changeset: the chart gets its rows anew, as copies, since Vega marks those that it has taken.
function addReadings(id, readings) {
  const { view, shown } = drawn.get(id) ?? {};
  if (!shown || readings.length === 0) return;
  const newest = readings[readings.length - 1].t;
  const kept = view.data("readings").filter((row) => row.t >= newest - shown);
  const copies = kept.map((row) => Object.fromEntries(Object.entries(row)));
  view.data("readings", [...copies, ...readings]);
  view.data("drawn", [{ t: newest - shown }, { t: newest }]);
  view.runAsync();
}

drawCharts();
