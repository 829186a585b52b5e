// Draws the charts of the page. Options come from Go as data, so nothing in them can be script; what needs a function
// (numbers in the reader's language) is added here.
'use strict';

// writer returns how a number is written: as number.go does, from the style that it put into the page.
function writer(style) {
  return (x, decimals) => {
    const shifted = Number(Math.abs(x) + 'e' + decimals);
    const digits = (Number.isFinite(shifted) ? Math.floor(shifted + 0.5) / 10 ** decimals : Math.abs(x)).toFixed(decimals);
    let [whole, part] = digits.split('.');
    if (whole.length >= style.digits) whole = whole.replace(/\B(?=(\d{3})+$)/g, style.group);
    return (x < 0 && Number(digits) !== 0 ? '\u2212' : '') + whole + (part ? style.decimal + part : '');
  };
}

// picture draws a chart and answers how it is fitted to a width.
function picture(script, write, printing) {
  const { option, height, decimals } = JSON.parse(script.textContent);
  const figure = (v) => (typeof v === 'number' ? write(v, decimals) : '–');
  for (const axis of [...option.xAxis, ...option.yAxis]) {
    axis.nameTextStyle = { color: 'var(--soft)', align: axis.nameLocation === 'middle' ? 'center' : 'left' };
    // Ticks are round numbers; they take only the decimals that they have.
    if (axis.type === 'value') axis.axisLabel.formatter = (v) => write(v, Number.isInteger(v) ? 0 : Math.max(decimals, 1));
    else axis.axisLabel = { ...axis.axisLabel, width: 250, overflow: 'truncate' };
  }
  for (const series of option.series) {
    series.emphasis = { disabled: true };
    if (series.symbol === 'diamond') series.showAllSymbol = true; // what is to be noticed, however narrow the page
    if (series.stack && series.stack.startsWith('band')) Object.assign(series, { stackStrategy: 'all', silent: true });
    if (series.label) series.label.formatter = (p) => figure(p.value);
  }
  option.tooltip = {
    ...option.tooltip, confine: true, valueFormatter: (v) => figure(Array.isArray(v) ? v.find((x) => typeof x === 'number') : v),
    backgroundColor: 'var(--paper)', borderColor: 'var(--soft)', textStyle: { color: 'var(--ink)', fontSize: 13 },
  };
  // A field of dots: what each is worth is its area, and the greatest fills its place.
  let place = 0;
  const field = option.series.some((s) => s.data.some((d) => d && ('share' in d || d.unknown)));
  for (const series of field ? option.series : []) {
    series.symbolSize = (value, p) => (p.data.unknown ? [place * 0.3, 2] : Math.sqrt(p.data.share) * place);
    option.tooltip.formatter = (p) => `${echarts.format.encodeHTML(p.seriesName)}, ${echarts.format.encodeHTML(option.xAxis[0].data[p.value[0]])}: ${figure(p.value[2])}`;
  }
  // A band is drawn by series without a name, which have nothing to say.
  if (option.tooltip.trigger === 'axis' && option.series.some((s) => s.silent)) {
    option.tooltip.formatter = (all) => [echarts.format.encodeHTML(all[0].axisValueLabel),
      ...all.filter((p) => option.series[p.seriesIndex].name).map((p) => `${p.marker}${echarts.format.encodeHTML(p.seriesName)}: ${figure(p.value)}`)].join('<br>');
  }
  option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
  const element = document.getElementById(script.dataset.chart);
  element.style.height = height + 'px';
  const chart = echarts.init(element, null, { renderer: 'svg' });
  const measure = (width) => {
    const classes = option.xAxis[0]?.data?.length || 1;
    place = Math.min(28, (width - 120) / classes);
    for (const axis of option.yAxis) if (axis.type === 'category') axis.axisLabel.width = Math.min(310, Math.round(width * 0.35));
    for (const axis of option.xAxis) {
      if ('interval' in axis.axisLabel) Object.assign(axis.axisLabel, { interval: 0, overflow: 'break', width: Math.floor((width - 90) / classes) });
    }
  };
  // The view box lets print.css fit the drawing to the paper.
  const frame = () => element.querySelector('svg').setAttribute('viewBox', `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
  const fit = (onPaper) => {
    const width = onPaper ? paper * (element.closest('.pair') ? 0.48 : 1) : undefined; // as print.css sets it
    measure(width || element.clientWidth);
    chart.resize({ width: width || 'auto' });
    if (option.xAxis.length) chart.setOption({ xAxis: option.xAxis, yAxis: option.yAxis });
    chart.getZr().flush(); // now: a printer does not wait
    frame();
  };
  measure(element.clientWidth);
  chart.setOption(option);
  frame();
  new ResizeObserver(() => printing() || element.clientWidth === chart.getWidth() || fit(false)).observe(element);
  return fit;
}

// What is drawn for paper is wider than it, so that words in it are a little smaller than those around it: seven points.
const paper = 880;

function draw() {
  const style = document.getElementById('style');
  if (!style) return;
  const write = writer(JSON.parse(style.textContent));
  const fits = [];
  let printing = false;
  for (const script of document.querySelectorAll('script[data-chart]')) {
    try {
      fits.push(picture(script, write, () => printing));
    } catch (e) { // the others are drawn all the same
      console.error(script.dataset.chart, e);
    }
  }
  // A table that fits needs no key to move it.
  const tables = new ResizeObserver((all) => {
    for (const { target } of all) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute('tabindex');
    }
  });
  for (const table of document.querySelectorAll('.scroll')) tables.observe(table);
  addEventListener('beforeprint', () => {
    printing = true;
    for (const fit of fits) fit(true);
  });
  addEventListener('afterprint', () => {
    printing = false;
    for (const fit of fits) fit(false);
  });
}

draw();
