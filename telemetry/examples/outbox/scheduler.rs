//! Runs everything, tick by tick of the simulated clock.

use crate::clock::{Clock, Time};
use crate::coin::Coin;
use crate::error::Error;
use crate::events::Event;
use crate::faults::{Fault, Faults};
use crate::notify::{Channel, Wake};
use crate::publish::publish;
use crate::redeliver::{Request, redeliver};
use crate::summary::{self, Summary};
use crate::surface::{Metrics, Scope};
use crate::worker::Worker;
use crate::{janitor, lag};
use rusqlite::Connection;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_secs(1);

/// The time without a notification after which the worker looks for itself.
const POLL_EVERY: Duration = Duration::from_secs(45);

const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// With nothing to do for longer than this, the clock jumps: a file may span years.
const QUIET: Duration = Duration::from_mins(10);

/// The longest time that the outbox may take to drain after the last input.
const PATIENCE: Duration = Duration::from_hours(6);

/// The input of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    events: Vec<Event>,
    requests: Vec<Request>,
    pub(crate) faults: Vec<Fault>,
    /// The share of notifications that are lost.
    pub(crate) loss: f64,
    pub(crate) seed: u64,
}

impl Plan {
    /// A plan in which nothing fails. The inputs need no order: each takes its turn by its time.
    pub(crate) fn new(mut events: Vec<Event>, mut requests: Vec<Request>) -> Self {
        events.sort_by_key(|event| event.occurred_at);
        requests.sort_by_key(|request| request.at);
        Self { events, requests, faults: Vec::new(), loss: 0.0, seed: 0 }
    }

    /// When the first thing happens.
    pub(crate) fn start(&self) -> Time {
        next(&self.events, &self.requests).unwrap_or(Time::EPOCH)
    }

    fn end(&self) -> Time {
        let event = self.events.last().map(|event| event.occurred_at);
        let request = self.requests.last().map(|request| request.at);
        event.max(request).unwrap_or(Time::EPOCH)
    }
}

/// When the next thing happens.
fn next(events: &[Event], requests: &[Request]) -> Option<Time> {
    let event = events.first().map(|event| event.occurred_at);
    let request = requests.first().map(|request| request.at);
    event.into_iter().chain(request).min()
}

/// Carries out `plan` to its end: every event is fanned out, or found to have no match.
pub(crate) fn run(plan: &Plan, database: &mut Connection, metrics: &dyn Metrics) -> Result<Summary, Error> {
    let started = Instant::now();
    let mut scheduler = Scheduler::new(plan, metrics);
    while !scheduler.is_done(database)? {
        scheduler.tick(database)?;
    }
    let mut summary = scheduler.finish();
    summary.rows = summary::rows_by_status(database)?;
    summary.elapsed = started.elapsed();
    Ok(summary)
}

struct Scheduler<'a> {
    metrics: &'a dyn Metrics,
    worker: Worker<'a>,
    channel: Channel,
    clock: Clock,
    start: Time,
    deadline: Time,
    /// The events that have not happened yet, in order.
    events: &'a [Event],
    requests: &'a [Request],
    /// Why the worker has to look; it stays until a look has found the outbox empty.
    wake: Option<Wake>,
    looked_at: Time,
    swept_at: Time,
    summary: Summary,
}

impl<'a> Scheduler<'a> {
    fn new(plan: &'a Plan, metrics: &'a dyn Metrics) -> Self {
        let start = plan.start();
        // Each toss its own coin: faults do not change which notifications are lost.
        let faults = Faults::new(Coin::new(plan.seed), &plan.faults);
        let channel = Channel::new(Coin::new(!plan.seed), plan.loss);
        Self {
            metrics,
            worker: Worker::new(faults, metrics),
            channel,
            clock: Clock::starting_at(start),
            start,
            deadline: plan.end() + PATIENCE,
            events: &plan.events,
            requests: &plan.requests,
            // A database on disk may hold what an earlier run left behind.
            wake: Some(Wake::Backlog),
            looked_at: start,
            swept_at: start,
            summary: Summary::default(),
        }
    }

    fn is_done(&mut self, database: &Connection) -> Result<bool, Error> {
        let now = self.clock.now();
        if lag::oldest_pending(database)?.is_some() {
            return if now > self.deadline { Err(self.stuck(database)?) } else { Ok(false) };
        }
        if let Some(next) = next(self.events, self.requests) {
            if next.since(now) > QUIET {
                self.clock.advance_to(next - TICK);
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn tick(&mut self, database: &mut Connection) -> Result<(), Error> {
        self.clock.advance(TICK);
        self.summary.ticks += 1;
        self.publish(database)?;
        self.redeliver(database)?;
        let lag = lag::measure(database, self.clock.now(), self.metrics)?;
        self.summary.max_lag = self.summary.max_lag.max(lag);
        self.work(database);
        self.sweep(database)
    }

    /// Publishes what has happened since the last tick, and announces it.
    fn publish(&mut self, database: &mut Connection) -> Result<(), Error> {
        let now = self.clock.now();
        let due = self.events.partition_point(|event| event.occurred_at <= now);
        let (due, later) = self.events.split_at(due);
        self.events = later;
        if due.is_empty() {
            return Ok(());
        }
        let written = publish(database, due, self.metrics)?;
        if written > 0 {
            self.channel.announce();
        }
        self.summary.published += written as u64;
        self.summary.known += (due.len() - written) as u64;
        Ok(())
    }

    fn redeliver(&mut self, database: &Connection) -> Result<(), Error> {
        let now = self.clock.now();
        let due = self.requests.partition_point(|request| request.at <= now);
        let (due, later) = self.requests.split_at(due);
        self.requests = later;
        for request in due {
            let deliveries = redeliver(database, &request.target, now, self.metrics)?;
            self.summary.redelivered += deliveries as u64;
            match request.target.scope() {
                Scope::Single => self.summary.requests_single += 1,
                Scope::Since => self.summary.requests_since += 1,
            }
        }
        Ok(())
    }

    /// Lets the worker look at the outbox if it has reason to.
    fn work(&mut self, database: &mut Connection) {
        let now = self.clock.now();
        if self.channel.take() {
            self.wake = Some(Wake::Notified);
        } else if self.wake.is_none() && now.since(self.looked_at) >= POLL_EVERY {
            self.wake = Some(Wake::Poll);
        }
        let Some(wake) = self.wake else { return };
        let Some(found) = self.worker.work(database, now, wake) else {
            // It leased no event, so the reason to look is still there at the next tick.
            return;
        };
        self.looked_at = now;
        self.summary.deliveries += found.deliveries;
        // The channel's word, where the worker goes by the rows: two ways to the same number.
        if wake == Wake::Poll && self.channel.unheard() {
            self.summary.notifications_missed += 1;
        }
        self.wake = if found.drained {
            self.channel.settle();
            None
        } else {
            Some(Wake::Backlog)
        };
    }

    fn sweep(&mut self, database: &mut Connection) -> Result<(), Error> {
        let now = self.clock.now();
        if now.since(self.swept_at) >= SWEEP_EVERY {
            self.swept_at = now;
            janitor::sweep(database, now, self.metrics, &mut self.summary.deleted)?;
        }
        Ok(())
    }

    fn stuck(&self, database: &Connection) -> Result<Error, Error> {
        let rows = summary::rows_by_status(database)?;
        let pending = rows.into_iter().find(|(status, _)| status == "pending");
        Ok(Error::Stuck {
            pending: pending.map_or(0, |(_, rows)| rows),
            last_failure: self.worker.last_failure().map_or("none".to_owned(), ToString::to_string),
        })
    }

    fn finish(mut self) -> Summary {
        self.summary.failures = self.worker.faults().tally();
        self.summary.notifications_lost = self.channel.lost();
        self.summary.simulated = self.clock.now().since(self.start);
        self.summary
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::database;
    use crate::surface::{MetricsCall, RecordingMetrics, Stage};

    const HOUR: Duration = Duration::from_hours(1);

    fn event_at(after: Duration) -> Event {
        Event::example(&format!("evt_{after:?}"), "email.sent", Time::EPOCH + after)
    }

    fn run_in_memory(plan: &Plan) -> (Result<Summary, Error>, RecordingMetrics) {
        let metrics = RecordingMetrics::default();
        let mut database = database::open(None).unwrap();
        (run(plan, &mut database, &metrics), metrics)
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let (summary, metrics) = run_in_memory(&Plan::new(Vec::new(), Vec::new()));
        assert_eq!(summary.unwrap().ticks, 0);
        assert!(metrics.calls().is_empty());
    }

    /// Events so many seconds after the first one, which starts the clock and the worker.
    fn events_after(seconds: impl IntoIterator<Item = u64>) -> Vec<Event> {
        let seconds = std::iter::once(0).chain(seconds);
        seconds.map(|seconds| event_at(HOUR + Duration::from_secs(seconds))).collect()
    }

    #[test]
    fn the_poll_finds_what_a_lost_notification_did_not_announce() {
        let plan = Plan { loss: 1.0, ..Plan::new(events_after([10]), Vec::new()) };
        let (summary, metrics) = run_in_memory(&plan);
        let summary = summary.unwrap();

        metrics.notify_missed_calls().assert_once();
        metrics.outbox_events_no_match_calls().assert_times(2);
        assert_eq!((summary.notifications_lost, summary.notifications_missed), (2, 1));
        assert_eq!(Duration::from_secs(10) + summary.max_lag, POLL_EVERY + TICK);
    }

    #[test]
    fn a_notification_also_wakes_for_what_was_lost_before_it() {
        let events = events_after([10, 20]);
        let run_with =
            |seed| run_in_memory(&Plan { loss: 0.3, seed, ..Plan::new(events.clone(), Vec::new()) });
        // A seed with which the second notification is lost, and the third is not.
        let (summary, metrics) = (0..100)
            .map(run_with)
            .find(|(summary, _)| {
                let summary = summary.as_ref().unwrap();
                summary.notifications_lost == 1 && summary.max_lag == Duration::from_secs(10)
            })
            .unwrap();

        assert_eq!(summary.unwrap().notifications_missed, 0);
        metrics.notify_missed_calls().assert_never();
        metrics.outbox_events_no_match_calls().assert_times(3);
    }

    #[test]
    fn the_lag_is_measured_at_every_tick() {
        let plan = Plan::new(events_after([90]), Vec::new());
        let (summary, metrics) = run_in_memory(&plan);

        let ticks = usize::try_from(summary.unwrap().ticks).unwrap();
        assert!(ticks >= 90);
        metrics.set_publisher_lag_calls().assert_times(ticks);
    }

    #[test]
    fn the_clock_jumps_over_a_quiet_year() {
        let year = 365 * 24 * HOUR;
        let (summary, _) = run_in_memory(&Plan::new(vec![event_at(HOUR), event_at(year)], Vec::new()));
        let summary = summary.unwrap();

        assert_eq!(summary.published, 2);
        assert!(summary.ticks < 100, "{} ticks", summary.ticks);
    }

    #[test]
    fn a_lease_that_fails_is_tried_again_at_the_next_tick() {
        let faults = vec![Fault { stage: Stage::Lease, rate: 0.9 }];
        let plan = Plan { faults, ..Plan::new(vec![event_at(HOUR)], Vec::new()) };
        let (summary, metrics) = run_in_memory(&plan);
        let summary = summary.unwrap();

        let failed = usize::try_from(summary.failures[Stage::Lease as usize].injected).unwrap();
        assert!(failed > 0);
        metrics.outbox_failures_calls().assert_times(failed);
        metrics.outbox_events_no_match_calls().assert_once();
        metrics.notify_missed_calls().assert_never();
    }

    #[test]
    fn a_run_that_cannot_finish_says_why() {
        let faults = vec![Fault { stage: Stage::ListWebhooks, rate: 1.0 }];
        let plan = Plan { faults, ..Plan::new(vec![event_at(HOUR)], Vec::new()) };
        let (summary, metrics) = run_in_memory(&plan);

        assert_eq!(
            summary.unwrap_err().to_string(),
            "gave up; events still pending: 1; last failure: list_webhooks: an injected fault"
        );
        assert!(metrics.calls().contains(&MetricsCall::outbox_failures(Stage::ListWebhooks)));
    }
}
