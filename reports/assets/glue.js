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

function draw() {
  const style = document.getElementById('style');
  if (!style) return;
  const write = writer(JSON.parse(style.textContent));
  for (const script of document.querySelectorAll('script[data-chart]')) {
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
    const measure = () => {
      place = Math.min(28, ((element.clientWidth || 700) - 120) / (option.xAxis[0]?.data?.length || 1));
    };
    measure();
    chart.setOption(option);
    // The view box lets print.css fit the drawing to the paper.
    const fit = () => {
      measure();
      chart.resize();
      element.querySelector('svg').setAttribute('viewBox', `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
    };
    fit();
    new ResizeObserver(fit).observe(element);
  }
  // On paper everything is unfolded, but for the data of charts, which the workbook has.
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open], figure *)')];
    for (const d of opened) d.open = true;
  });
  addEventListener('afterprint', () => {
    for (const d of opened) d.open = false;
  });
}

draw();
