//! Empty: the package is its examples, and cargo wants a library of one.
