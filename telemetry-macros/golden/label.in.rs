use telemetry::Label;

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "verb")]
pub enum Method {
    Get,
    #[label(rename = "PUT")]
    Put,
    #[label(other)]
    Else,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "type", cap = 64, known = ["email.received"])]
pub struct EventType<'a>(pub &'a str);

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(range = 0..=9)]
pub struct Attempt(pub u8);
