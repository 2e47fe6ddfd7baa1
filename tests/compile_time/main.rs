//! x.
mod by_hand;
mod declared;
