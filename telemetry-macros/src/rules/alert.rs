//! The rules about alerts and service level objectives.

use super::Message;
use std::fmt::Display;

rules! {
    // `#[alert]`.
    alert_condition(instead)
        "an alert needs one condition"
        "{instead}";
    alert_kind(condition, attr, choices)
        "an alert on `#[{attr}]` has no `{condition}`"
        "write {choices}";
    alert_choice(choices)
        "the alert does not say which instrument it looks at"
        "add {choices}";
    alert_instrument(name, choices)
        "`{name}` is not an instrument of this method"
        "{choices}";
    alert_part(part, condition, choices)
        "`{part}` does not go with `{condition}`"
        "remove it: it goes with {choices}";
    alert_share(condition)
        "`{condition}` does not say a share of what"
        "add `matching(status = \"5xx\")` for a share of all, or `to = attempts` for a share of those";
    alert_quantile(attr)
        "an alert on `#[{attr}]` looks at a quantile"
        "add `quantile = 0.99`";
    alert_quantile_range(number)
        "{number} is not a quantile"
        "write a number between 0 and 1, such as `quantile = 0.99`";
    alert_threshold(condition, number, instead)
        "`{condition} = {number}` is always true, or never"
        "{instead}";
    alert_label(name, instead)
        "`{name}` is not a label of the instrument that the alert looks at"
        "{instead}";
    alert_of(name, to, instead)
        "`{name}` is not a label of `{to}`, of which `of(...)` selects a part"
        "{instead}";
    alert_on(condition, name)
        "`on` names several, and `{condition}` looks at one"
        "write `on = {name}`: only the growth of counters is added up";
    alert_age(name)
        "`{name}` is not a point in time, so it has no age"
        "take a `SystemTime`, or the seconds since 1970 with `unit = seconds`";
    alert_label_taken(name)
        "the alert has a label `{name}` already"
        "write another key, such as `team`";
    alert_to(name, instead)
        "`{name}` is not another counter of this surface"
        "{instead}";
    alert_twice(name)
        "the alert `{name}` is declared twice with one severity"
        "give one a name of its own, such as `name = \"{name}Soon\"`, or another severity";
    alert_for(text, key)
        "`{text}` is not a duration of Prometheus"
        "write a number and its unit, the largest first, such as `{key} = \"1m\"` or `\"1h30m\"`";
    alert_over(text)
        "the window `{text}` is empty"
        "write `over = \"5m\"`: four scrapes at the least belong into it";
    alert_severity(text)
        "severity {text} is not a word"
        "write `severity = \"page\"`";
    alert_name(text)
        "alert name {text} is not a word"
        "write `name = \"PublisherLag\"`";
    alert_runbook(text)
        "runbook {text} is not a URL"
        "write `runbook = \"https://...\"`";

    // `#[slo]`.
    slo_objective_missing()
        "an objective needs a share of events that have to be good"
        "add `objective = 0.999`";
    slo_objective(number)
        "`objective = {number}` is always reached, or never"
        "write a share between 0 and 1, such as `0.999`";
    slo_good(name)
        "the objective does not say which events of `{name}` are good"
        "add `good(status != \"5xx\")`";
    slo_good_bound()
        "a histogram's numbers are good up to a bound"
        "write `below = 0.25`, and select series with `of(...)`";
    slo_kind(attr, instead)
        "`#[{attr}]` does not have the events of this objective"
        "{instead}";
    slo_choice(choices)
        "the objective does not say which instrument it is about"
        "add {choices}";
    slo_window(text)
        "the window `{text}` is not one over which error budgets burn"
        "write days or weeks, 7 to 90 days in all, such as `window = \"30d\"`";
    slo_name(text)
        "{text} cannot be a part of a recording rule's name"
        "write lower-case words with `_` between, such as `name = \"availability\"`";
    slo_twice(name)
        "the objective `{name}` is declared twice"
        "give one a name of its own, such as `name = \"{name}_latency\"`";
}
