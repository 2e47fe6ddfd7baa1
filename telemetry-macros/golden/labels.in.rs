use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy)]
#[label(cap = 16)]
pub struct Pool<'a>(pub &'a str);

/// What a pool counts.
#[metrics(namespace = "pool", labels(
    /// The pool's name.
    pool: Pool<'_>,
    #[label(cap = 4, name = "zone")] r#in: Option<&str>,
    #[label(range = 0..=15)] shard: u8,
))]
pub trait Metrics {
    /// Checkouts.
    #[counter]
    #[alert(rate_above = 100, matching(pool = "orders"), by(shard))]
    fn checkouts(&self, reused: bool);
}
