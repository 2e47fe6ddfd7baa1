//! Makes the worker's stages fail at a given rate, and keeps a tally of it.

use crate::coin::Coin;
use crate::surface::Stage;
use std::fmt;
use std::str::FromStr;
use telemetry::label::Closed;

/// All stages, in the order of the enum.
pub(crate) const STAGES: [Stage; 4] =
    [Stage::Lease, Stage::ListWebhooks, Stage::InsertDelivery, Stage::UpdateStatus];

/// A stage and how often it fails: `lease=0.01`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) stage: Stage,
    pub(crate) rate: f64,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, rate)) = text.split_once('=') else {
            return Err("write STAGE=RATE, such as lease=0.01".to_owned());
        };
        let Some(stage) = Stage::from_text(name) else {
            let names = Stage::values().join(", ");
            return Err(format!("no stage is called `{name}`; the stages are {names}"));
        };
        Ok(Self { stage, rate: rate_of(rate)? })
    }
}

/// Reads a share of all cases, 0 to 1.
pub(crate) fn rate_of(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err(format!("`{text}` is no rate; a rate is a number from 0 (never) to 1 (always)")),
    }
}

/// Why a stage failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    cause: Option<rusqlite::Error>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.stage.as_str();
        match &self.cause {
            Some(cause) => write!(f, "{name}: {cause}"),
            None => write!(f, "{name}: an injected fault"),
        }
    }
}

/// The failures of a stage.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Because a fault was injected.
    pub(crate) injected: u64,
    /// Because the database failed.
    pub(crate) real: u64,
}

/// Runs the stages, and lets some of them fail.
#[derive(Debug)]
pub(crate) struct Faults {
    coin: Coin,
    rates: [f64; STAGES.len()],
    tally: [Tally; STAGES.len()],
}

impl Faults {
    /// Of two faults for one stage the later one counts.
    pub(crate) fn new(coin: Coin, faults: &[Fault]) -> Self {
        let mut rates = [0.0; STAGES.len()];
        for fault in faults {
            rates[fault.stage as usize] = fault.rate;
        }
        Self { coin, rates, tally: Default::default() }
    }

    /// Runs `work`, the body of `stage`, or fails in its place.
    pub(crate) fn run<T>(
        &mut self,
        stage: Stage,
        work: impl FnOnce() -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        let tally = &mut self.tally[stage as usize];
        if self.coin.toss(self.rates[stage as usize]) {
            tally.injected += 1;
            return Err(Failure { stage, cause: None });
        }
        work().map_err(|cause| {
            tally.real += 1;
            Failure { stage, cause: Some(cause) }
        })
    }

    /// The tally of each stage, in the order of [`STAGES`].
    pub(crate) fn tally(&self) -> [Tally; STAGES.len()] {
        self.tally
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn the_stages_are_in_the_order_of_the_enum() {
        for (index, stage) in STAGES.into_iter().enumerate() {
            assert_eq!(stage as usize, index);
        }
        assert_eq!(STAGES.map(|stage| stage.as_str()), Stage::values());
    }

    #[test]
    fn a_fault_is_a_stage_and_a_rate() {
        let fault: Fault = "insert_delivery=0.25".parse().unwrap();
        assert_eq!(fault.stage, Stage::InsertDelivery);
        assert!((fault.rate - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn a_bad_fault_is_told_what_is_allowed() {
        let cases = [
            ("lease", "write STAGE=RATE, such as lease=0.01"),
            (
                "leese=0.1",
                "no stage is called `leese`; \
                 the stages are lease, list_webhooks, insert_delivery, update_status",
            ),
            ("lease=2", "`2` is no rate; a rate is a number from 0 (never) to 1 (always)"),
            ("lease=NaN", "`NaN` is no rate; a rate is a number from 0 (never) to 1 (always)"),
            ("lease=", "`` is no rate; a rate is a number from 0 (never) to 1 (always)"),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Fault>().unwrap_err(), message);
        }
    }

    #[test]
    fn the_tally_tells_injected_faults_from_real_ones() {
        let lease = Fault { stage: Stage::Lease, rate: 1.0 };
        let mut faults = Faults::new(Coin::new(1), &[lease]);
        let real = || Err::<(), _>(rusqlite::Error::QueryReturnedNoRows);

        assert!(faults.run(Stage::Lease, || Ok(())).is_err());
        assert!(faults.run(Stage::ListWebhooks, || Ok(())).is_ok());
        let failure = faults.run(Stage::UpdateStatus, real).unwrap_err();

        assert_eq!(failure.to_string(), "update_status: Query returned no rows");
        assert_eq!(faults.tally().map(|tally| tally.injected), [1, 0, 0, 0]);
        assert_eq!(faults.tally().map(|tally| tally.real), [0, 0, 0, 1]);
    }
}
