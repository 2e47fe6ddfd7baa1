// A back end of etsy's statsd: prints what each flush has, as JSON in a line.
exports.init = (started, config, events) => {
  events.on('flush', (at, { counters, gauges, timers, timer_counters }) => {
    console.log('flush ' + JSON.stringify({ counters, gauges, timers, timer_counters }));
  });
  return true;
};
